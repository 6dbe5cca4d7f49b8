// H5P.RtCommon.GapTask: texts with gaps, all on one screen, checked together. How a gap is filled is left to the
// types: they give gapNode(gap), given(gap) (the text in it) and paint(gap) (after its state has changed).

H5P.RtCommon.GapTask = H5P.RtCommon.GapTask || (function (rt) {
  'use strict';

  var el = rt.el;
  // A pattern for each way to fill all gaps of a text; beyond this many, only the first answers are listed.
  var MOST_PATTERNS = 32;
  var CLOSING = /^[，。；：、？！）》〉」』】”’…,.;:?!)\]}%％]*/;

  /**
   * @class
   * @param {Array} texts of params.items: {text, explanation}
   */
  function GapTask(params, contentId, extras, l10n) {
    rt.Task.call(this, params, contentId, extras, l10n);
    this.gaps = [];
    this.items = (params.items || []).map(function (item, index) {
      var pieces = rt.parseGaps(item.text || '').map(function (piece) {
        if (typeof piece !== 'string') {
          piece.number = this.gaps.length;
          piece.item = index;
          this.gaps.push(piece);
        }
        return piece;
      }, this);
      return {pieces: pieces, explanation: item.explanation, gaps: pieces.filter(function (piece) {
        return typeof piece !== 'string';
      })};
    }, this);
  }
  GapTask.prototype = Object.create(rt.Task.prototype);
  GapTask.prototype.constructor = GapTask;

  GapTask.prototype.isRight = function (gap) {
    var given = rt.normalised(this.given(gap), this.behaviour.caseSensitive);
    return gap.answers.some(function (answer) {
      return rt.normalised(answer, this.behaviour.caseSensitive) === given;
    }, this);
  };

  GapTask.prototype.itemMax = function (index) {
    return this.items[index].gaps.length;
  };

  GapTask.prototype.itemScore = function (index) {
    return this.finished ? this.items[index].gaps.filter(this.isRight, this).length : 0;
  };

  GapTask.prototype.itemAnswered = function (index) {
    return this.items[index].gaps.some(this.given, this);
  };

  GapTask.prototype.itemStatement = function (index) {
    var item = this.items[index];
    var patterns = item.gaps.reduce(function (list, gap) {
      var answers = list.length * gap.answers.length > MOST_PATTERNS ? gap.answers.slice(0, 1) : gap.answers;
      return [].concat.apply([], list.map(function (start) {
        return answers.map(function (answer) {
          return start.concat(answer);
        });
      }));
    }, [[]]);
    var first = '{case_matters=' + String(Boolean(this.behaviour.caseSensitive)) + '}';
    return {
      response: item.gaps.map(this.given, this).join('[,]'),
      definition: {
        description: this.texts(item.pieces.map(function (piece) {
          return typeof piece === 'string' ? piece : '__________';
        }).join('')),
        interactionType: 'fill-in',
        correctResponsesPattern: patterns.map(function (pattern) {
          return first + pattern.join('[,]');
        })
      }
    };
  };

  GapTask.prototype.render = function (focus) {
    this.solved = false;
    this.nodes = [];
    this.list = el('ol', {'class': 'rt-items' + (this.items.length === 1 ? ' rt-single' : '')}, this.items.map(this.itemNode, this));
    this.after = el('div', {'class': 'rt-after'});
    this.show([this.list, this.bankNode && this.bankNode(), this.after]);
    this.gaps.forEach(this.paint, this);
    this.update(focus);
    if (focus && !this.finished && this.nodes[0]) {
      this.nodes[0].focus();
    }
  };

  GapTask.prototype.itemNode = function (item) {
    var nodes = [];
    item.pieces.forEach(function (piece) {
      var last = nodes[nodes.length - 1];
      if (typeof piece !== 'string') {
        nodes.push(el('span', {'class': 'rt-gap-hold'},
          el('span', {'class': 'rt-gap-box', 'data-gap': piece.number}, this.gapNode(piece), el('span', {'class': 'rt-gap-after'}))));
        return;
      }
      // A comma or full stop stays with the gap before it, so that none begins a line.
      var signs = last && last.nodeType ? CLOSING.exec(piece)[0] : '';
      if (signs) {
        last.appendChild(document.createTextNode(signs));
      }
      nodes.push(piece.slice(signs.length));
    }, this);
    return el('li', {'class': 'rt-item'}, el('p', {'class': 'rt-text rt-gap-text'}, nodes));
  };

  GapTask.prototype.box = function (gap) {
    return this.list.querySelector('[data-gap="' + gap.number + '"].rt-gap-box');
  };

  GapTask.prototype.gapLabel = function (gap) {
    return this.t('gapLabel', {num: gap.number + 1, total: this.gaps.length});
  };

  /** Whether a gap can be filled now. */
  GapTask.prototype.open = function () {
    return !this.finished;
  };

  /** Draw what depends on being checked: marks, tips, explanations, result. */
  GapTask.prototype.update = function (focus) {
    this.gaps.forEach(this.drawAfter, this);
    this.list.querySelectorAll('.rt-explanation').forEach(function (node) {
      node.remove();
    });
    rt.empty(this.after);
    this.root.classList.toggle('rt-finished', this.finished);
    if (!this.finished) {
      this.after.appendChild(el('div', {'class': 'rt-actions'}, this.button('check', true, this.check)));
      this.trigger('resize');
      return;
    }
    this.items.forEach(function (item, index) {
      if (item.explanation) {
        this.list.children[index].appendChild(el('p', {'class': 'rt-explanation rt-text'}, item.explanation));
      }
    }, this);
    this.after.appendChild(this.resultBox(this.solved ? null : function () {
      this.reveal();
    }));
    if (focus) {
      this.after.querySelector('.rt-score').focus();
    }
    this.trigger('resize');
  };

  GapTask.prototype.drawAfter = function (gap) {
    var box = this.box(gap);
    var after = rt.empty(box.querySelector('.rt-gap-after'));
    var right = this.finished && this.isRight(gap);
    if (this.finished) {
      box.setAttribute('data-state', right ? 'right' : 'wrong');
      after.appendChild(this.mark(right));
      if (this.solved && !right) {
        after.appendChild(el('span', {'class': 'rt-solution'},
          el('span', {'class': 'rt-hidden'}, this.t('correctAnswer', {answer: ''})), gap.answers[0]));
      }
      return;
    }
    box.removeAttribute('data-state');
    if (gap.tip) {
      var text = el('span', {'class': 'rt-tip-text', hidden: true, id: this.className + '-tip-' + this.contentId + '-' + gap.number}, gap.tip);
      var tip = el('button', {
        type: 'button', 'class': 'rt-tip', 'aria-expanded': 'false', 'aria-controls': text.id,
        'aria-label': this.t('tip') + ' ' + this.gapLabel(gap),
        onclick: function () {
          text.hidden = !text.hidden;
          tip.setAttribute('aria-expanded', String(!text.hidden));
          this.trigger('resize');
        }.bind(this)
      }, '?');
      after.appendChild(tip);
      after.appendChild(text);
    }
  };

  GapTask.prototype.check = function () {
    this.finished = true;
    this.touched = true;
    this.gaps.forEach(this.paint, this);
    this.items.forEach(function (item, index) {
      this.reportItem(index);
    }, this);
    this.finish();
    this.update(true);
  };

  GapTask.prototype.reveal = function () {
    this.solved = true;
    if (this.root) {
      this.gaps.forEach(this.paint, this);
      this.update(true);
    }
  };

  return GapTask;
}(H5P.RtCommon));
