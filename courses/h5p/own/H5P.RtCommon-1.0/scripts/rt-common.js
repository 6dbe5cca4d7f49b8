// H5P.RtCommon: what the four H5P.Rt… content types share.
//
// Owns the frame of a task (introduction, screen, result), its score, its saved state and its xAPI statements.
// Needs H5P's core (EventDispatcher with triggerXAPI) and nothing else: no jQuery, no H5P.Question.
// Texts of authors are set as text, never as HTML.

var H5P = window.H5P = window.H5P || {};

H5P.RtCommon = H5P.RtCommon || (function () {
  'use strict';

  var STATE_VERSION = 1;
  var INTERACTION = 'http://adlnet.gov/expapi/activities/cmi.interaction';
  var SUB_CONTENT = 'http://h5p.org/x-api/h5p-subContentId';

  /** An element with attributes and children; strings become text. Falsy children are left out. */
  function el(tag, attributes) {
    var node = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (key === 'class') {
        node.className = value;
      }
      else if (key.slice(0, 2) === 'on') {
        node.addEventListener(key.slice(2), value);
      }
      else if (value === true) {
        node.setAttribute(key, '');
      }
      else if (value !== false && value !== undefined && value !== null) {
        node.setAttribute(key, value);
      }
    });
    for (var i = 2; i < arguments.length; i++) {
      [].concat(arguments[i]).forEach(function (child) {
        if (child || child === 0) {
          node.appendChild(child.nodeType ? child : document.createTextNode(String(child)));
        }
      });
    }
    return node;
  }

  function empty(node) {
    while (node.firstChild) {
      node.removeChild(node.firstChild);
    }
    return node;
  }

  var ENTITIES = {'&lt;': '<', '&gt;': '>', '&quot;': '"', '&#039;': "'", '&#39;': "'", '&amp;': '&'};

  /** H5P hosts keep plain texts escaped as for HTML; since we set text, that is taken back, once, everywhere. */
  function plain(value) {
    if (typeof value === 'string') {
      return value.replace(/&(?:lt|gt|quot|#0?39|amp);/g, function (entity) {
        return ENTITIES[entity];
      });
    }
    if (Array.isArray(value)) {
      return value.map(plain);
    }
    if (value && typeof value === 'object') {
      return Object.keys(value).reduce(function (result, key) {
        result[key] = plain(value[key]);
        return result;
      }, {});
    }
    return value;
  }

  /** Fill :name placeholders of a text. */
  function fill(text, values) {
    return Object.keys(values).reduce(function (result, key) {
      return result.split(':' + key).join(String(values[key]));
    }, String(text));
  }

  /** Indices 0…count-1, shuffled or not. */
  function order(count, shuffled) {
    var list = [];
    for (var i = 0; i < count; i++) {
      list.push(i);
    }
    for (var j = count - 1; shuffled && j > 0; j--) {
      var k = Math.floor(Math.random() * (j + 1));
      var swap = list[j];
      list[j] = list[k];
      list[k] = swap;
    }
    return list;
  }

  /** Whether a value out of a saved state is a permutation of 0…count-1. */
  function isOrder(value, count) {
    return Array.isArray(value) && value.length === count && value.slice().sort(function (a, b) {
      return a - b;
    }).every(function (entry, index) {
      return entry === index;
    });
  }

  /** A text as answers are compared: width, spaces and (unless asked otherwise) letter case do not count. */
  function normalised(text, caseSensitive) {
    var result = String(text).normalize('NFKC').replace(/\s+/g, ' ').trim();
    return caseSensitive ? result : result.toLowerCase();
  }

  /**
   * Cut a text at its gaps. A gap stands between asterisks: *answer/other answer:tip*; a backslash before
   * * / : or \ makes it an ordinary sign. An asterisk without a partner is ordinary, too.
   *
   * @param {string} text
   * @returns {Array} strings and {answers: string[], tip: string}
   */
  function parseGaps(text) {
    var pieces = [];
    var plain = '';
    var i = 0;
    text = String(text);
    while (i < text.length) {
      if (text[i] === '\\' && i + 1 < text.length && '*/:\\'.indexOf(text[i + 1]) >= 0) {
        plain += text[i + 1];
        i += 2;
      }
      else if (text[i] === '*') {
        var gap = readGap(text, i + 1);
        if (gap) {
          if (plain) {
            pieces.push(plain);
          }
          plain = '';
          pieces.push({answers: gap.answers, tip: gap.tip});
          i = gap.end;
        }
        else {
          plain += text[i++];
        }
      }
      else {
        plain += text[i++];
      }
    }
    if (plain) {
      pieces.push(plain);
    }
    return pieces;
  }

  function readGap(text, start) {
    var answers = [''];
    var tip = null;
    for (var i = start; i < text.length; i++) {
      var sign = text[i];
      if (sign === '\\' && i + 1 < text.length && '*/:\\'.indexOf(text[i + 1]) >= 0) {
        sign = text[++i];
      }
      else if (sign === '*') {
        answers = answers.map(function (answer) {
          return answer.trim();
        }).filter(Boolean);
        return answers.length ? {answers: answers, tip: (tip || '').trim(), end: i + 1} : null;
      }
      else if (sign === '/' && tip === null) {
        answers.push('');
        continue;
      }
      else if (sign === ':' && tip === null) {
        tip = '';
        continue;
      }
      if (tip === null) {
        answers[answers.length - 1] += sign;
      }
      else {
        tip += sign;
      }
    }
    return null;
  }

  /**
   * Base of every task. A type calls Task.call(this, …) and gives items, restore, saved, render, itemScore,
   * itemMax, itemAnswered, itemStatement, clear and reveal.
   *
   * @class
   * @param {Object} params content, see semantics.json
   * @param {number} contentId
   * @param {Object} extras metadata, previousState, parent …
   * @param {Object} texts fallback texts, where content brings none
   */
  function Task(params, contentId, extras, texts) {
    H5P.EventDispatcher.call(this);
    params = params || {};
    this.contentId = contentId;
    this.extras = extras || {};
    this.params = params;
    this.l10n = Object.assign({}, texts, params.l10n);
    this.behaviour = Object.assign({
      passPercentage: 60, enableRetry: true, enableSolutions: true, instantFeedback: true, randomOrder: true, caseSensitive: false
    }, params.behaviour);
    this.metadata = this.extras.metadata || {};
    this.language = this.metadata.defaultLanguage || this.metadata.language || document.documentElement.lang || 'und';
    this.finished = false;
    this.touched = false;
  }
  Task.prototype = Object.create(H5P.EventDispatcher.prototype);
  Task.prototype.constructor = Task;

  Task.prototype.t = function (key, values) {
    return fill(this.l10n[key] || '', values || {});
  };

  /** Called by H5P: put the task into its container (a jQuery object or an element). */
  Task.prototype.attach = function (container) {
    var host = container.jquery ? container.get(0) : (container[0] || container);
    host.classList.add('h5p-rt-container');
    this.screen = el('div', {'class': 'rt-screen'});
    this.live = el('p', {'class': 'rt-hidden', role: 'status', 'aria-live': 'polite'});
    this.root = el('div', {'class': 'h5p-rt ' + this.className},
      this.params.introduction && el('p', {'class': 'rt-intro rt-text'}, this.params.introduction),
      this.screen, this.live);
    empty(host).appendChild(this.root);
    this.setActivityStarted();
    this.itemStarted = Date.now();
    this.render(false);
    this.trigger('resize');
  };

  /** Show a screen; the old one goes. `focus` is the element to go to, where the learner asked for the screen. */
  Task.prototype.show = function (nodes, focus) {
    empty(this.screen);
    nodes.filter(Boolean).forEach(function (node) {
      this.screen.appendChild(node);
    }, this);
    if (focus) {
      focus.focus();
    }
    this.trigger('resize');
  };

  /** Say something to screen readers. */
  Task.prototype.say = function (text) {
    var live = this.live;
    live.textContent = '';
    setTimeout(function () {
      live.textContent = text;
    }, 50);
  };

  Task.prototype.touch = function () {
    this.touched = true;
    this.triggerXAPI('interacted');
  };

  Task.prototype.button = function (key, primary, handler) {
    return el('button', {type: 'button', 'class': 'rt-button' + (primary ? ' rt-primary' : ''), 'data-action': key, onclick: handler.bind(this)}, this.t(key));
  };

  // Score ------------------------------------------------------------------------------------------------------------

  Task.prototype.total = function (what) {
    var sum = 0;
    for (var i = 0; i < this.items.length; i++) {
      sum += what.call(this, i);
    }
    return sum;
  };

  Task.prototype.getScore = function () {
    return this.total(this.itemScore);
  };

  Task.prototype.getMaxScore = function () {
    return this.total(this.itemMax);
  };

  Task.prototype.getAnswerGiven = function () {
    return this.items.some(function (item, index) {
      return this.itemAnswered(index);
    }, this);
  };

  Task.prototype.isPassed = function () {
    return this.getScore() * 100 >= this.getMaxScore() * this.behaviour.passPercentage;
  };

  Task.prototype.getTitle = function () {
    return H5P.createTitle(this.metadata.title || this.params.introduction || '');
  };

  // State ------------------------------------------------------------------------------------------------------------

  /** Called by H5P: what to hand in again as previousState; undefined as long as nothing was done. */
  Task.prototype.getCurrentState = function () {
    return this.touched ? Object.assign({v: STATE_VERSION, finished: this.finished}, this.saved()) : undefined;
  };

  /** Take up a previous state, if it is one of ours and fits; a broken one is as good as none. */
  Task.prototype.resume = function () {
    var state = this.extras.previousState;
    if (state && state.v === STATE_VERSION && this.restore(state)) {
      this.finished = state.finished === true;
      this.touched = true;
    }
  };

  // xAPI -------------------------------------------------------------------------------------------------------------

  Task.prototype.texts = function (text) {
    var map = {};
    map[this.language] = text;
    return map;
  };

  /** The statement about one item, as a child of the whole. */
  Task.prototype.itemEvent = function (index) {
    var event = this.createXAPIEventTemplate('answered');
    var statement = event.data.statement;
    var parent = statement.object.id;
    var extensions = Object.assign({}, (statement.object.definition || {}).extensions);
    var sub = (this.subContentId ? this.subContentId + '.' : '') + (index + 1);
    var facts = this.itemStatement(index);
    extensions[SUB_CONTENT] = sub;
    event.setScoredResult(this.itemScore(index), this.itemMax(index), {activityStartTime: this.itemStarted},
      true, this.itemScore(index) === this.itemMax(index));
    statement.result.response = facts.response;
    statement.object.definition = Object.assign({type: INTERACTION, extensions: extensions}, facts.definition);
    if (parent) {
      statement.object.id = parent.split('?')[0] + '?subContentId=' + encodeURIComponent(sub);
      statement.context = statement.context || {};
      statement.context.contextActivities = Object.assign({}, statement.context.contextActivities,
        {parent: [{id: parent, objectType: 'Activity'}]});
    }
    return event;
  };

  Task.prototype.reportItem = function (index) {
    this.trigger(this.itemEvent(index));
    this.itemStarted = Date.now();
  };

  Task.prototype.wholeEvent = function () {
    var event = this.createXAPIEventTemplate('completed');
    event.setScoredResult(this.getScore(), this.getMaxScore(), this, true, this.isPassed());
    return event;
  };

  /** Everything has been answered: report the score once. */
  Task.prototype.finish = function () {
    this.finished = true;
    this.trigger(this.wholeEvent());
  };

  /** Called by containers and reports. */
  Task.prototype.getXAPIData = function () {
    return {
      statement: this.wholeEvent().data.statement,
      children: this.items.map(function (item, index) {
        return {statement: this.itemEvent(index).data.statement};
      }, this)
    };
  };

  // Contract with containers -----------------------------------------------------------------------------------------

  Task.prototype.showSolutions = function () {
    this.finished = true;
    this.reveal();
    this.trigger('resize');
  };

  Task.prototype.resetTask = function () {
    this.finished = false;
    this.clear();
    delete this.activityStartTime;
    this.itemStarted = Date.now();
    if (this.root) {
      this.render(false);
    }
  };

  Task.prototype.retry = function () {
    this.resetTask();
    this.setActivityStarted();
    this.render(true);
  };

  /** Score, verdict and what can be done now. */
  Task.prototype.resultBox = function (solve) {
    var score = this.getScore();
    var total = this.getMaxScore();
    var passed = this.isPassed();
    var values = {score: score, total: total, percent: this.behaviour.passPercentage};
    return el('div', {'class': 'rt-result', 'data-passed': String(passed)},
      el('p', {'class': 'rt-score', tabindex: '-1', 'data-score': score, 'data-total': total}, this.t('score', values)),
      el('div', {'class': 'rt-meter', 'aria-hidden': 'true'}, meter(total ? score / total : 0)),
      el('p', {'class': 'rt-verdict'}, this.t(passed ? 'passed' : 'notPassed', values)),
      el('div', {'class': 'rt-actions'},
        this.behaviour.enableSolutions && score < total && solve && this.button('showSolutions', false, solve),
        this.behaviour.enableRetry && this.button('retry', !passed, this.retry)));
  };

  /** Right or wrong with its mark: never by colour alone. */
  Task.prototype.mark = function (right) {
    return el('span', {'class': 'rt-mark', 'data-right': String(right)},
      el('span', {'aria-hidden': 'true'}, right ? '✓' : '✗'), el('span', {'class': 'rt-hidden'}, this.t(right ? 'correct' : 'wrong')));
  };

  function meter(share) {
    var bar = el('span', {'class': 'rt-meter-bar'});
    bar.style.width = Math.round(share * 100) + '%';
    return bar;
  }

  return {
    Task: Task, plain: plain, el: el, empty: empty, fill: fill, meter: meter, order: order, isOrder: isOrder,
    normalised: normalised, parseGaps: parseGaps
  };
}());
