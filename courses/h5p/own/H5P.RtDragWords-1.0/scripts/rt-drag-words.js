// H5P.RtDragWords: words of a bank to be put into gaps. RtCommon.GapTask with three ways to move a word:
// drag it with mouse or finger; tap a gap and then a word, or a word and then a gap; the same with keyboard keys, since
// gaps and words are buttons.

var H5P = window.H5P = window.H5P || {};

H5P.RtDragWords = (function (rt) {
  'use strict';

  var el = rt.el;
  // A finger trembles: below this many pixels it is a tap.
  var DRAG_FROM = 8;
  var TEXTS = {
    check: 'Check', showSolutions: 'Show answers', retry: 'Try again', correct: 'Right', wrong: 'Not right',
    correctAnswer: 'Right answer: :answer', gapLabel: 'Gap :num of :total', tip: 'Tip for', emptyGap: 'empty', bank: 'Words',
    bankEmpty: 'All words are placed.', help: 'Drag a word into a gap, or tap a gap and then a word.',
    chooseWord: 'Now choose a word.', chooseGap: 'Now choose a gap.', placed: '“:word” is in gap :num.',
    returned: '“:word” is back among the words.', score: ':score of :total points', passed: 'You reached the mark.',
    notPassed: ':percent% are needed. You can try again.'
  };

  /**
   * @class
   * @param {Object} params see semantics.json
   * @param {number} contentId
   * @param {Object} extras
   */
  function RtDragWords(params, contentId, extras) {
    params = rt.plain(params || {});
    rt.GapTask.call(this, params, contentId, extras, TEXTS);
    this.className = 'h5p-rt-drag-words';
    this.words = this.gaps.map(function (gap) {
      return gap.answers[0];
    }).concat(params.distractors || []);
    this.clear();
    this.resume();
  }
  RtDragWords.prototype = Object.create(rt.GapTask.prototype);
  RtDragWords.prototype.constructor = RtDragWords;

  /** placed[gap] is the index of its word, or null; order is how the bank shows the words. */
  RtDragWords.prototype.clear = function () {
    this.placed = this.gaps.map(function () {
      return null;
    });
    this.order = rt.order(this.words.length, this.behaviour.randomOrder);
    this.activeGap = null;
    this.activeWord = null;
  };

  RtDragWords.prototype.saved = function () {
    return {placed: this.placed, order: this.order};
  };

  RtDragWords.prototype.restore = function (state) {
    var words = this.words.length;
    var used = {};
    var fits = rt.isOrder(state.order, words) && Array.isArray(state.placed) && state.placed.length === this.gaps.length &&
      state.placed.every(function (word) {
        var free = word === null || (Number.isInteger(word) && word >= 0 && word < words && !used[word]);
        used[word] = true;
        return free;
      });
    if (fits) {
      this.order = state.order.slice();
      this.placed = state.placed.slice();
    }
    return fits;
  };

  RtDragWords.prototype.given = function (gap) {
    var word = this.placed[gap.number];
    return word === null ? '' : this.words[word];
  };

  RtDragWords.prototype.gapNode = function (gap) {
    var node = el('button', {type: 'button', 'class': 'rt-gap', onclick: this.gapClicked.bind(this, gap)});
    this.nodes[gap.number] = node;
    this.draggable(node, function () {
      return this.placed[gap.number];
    });
    return node;
  };

  RtDragWords.prototype.paint = function (gap) {
    var node = this.nodes[gap.number];
    var word = this.given(gap);
    node.textContent = word || '\u3000\u3000\u3000';
    node.disabled = !this.open();
    node.classList.toggle('rt-filled', Boolean(word));
    node.setAttribute('aria-label', this.gapLabel(gap) + ': ' + (word || this.t('emptyGap')));
    node.setAttribute('aria-pressed', String(this.activeGap === gap.number));
  };

  RtDragWords.prototype.bankNode = function () {
    this.chips = this.order.map(function (word) {
      var chip = el('button', {type: 'button', 'class': 'rt-word', 'data-word': word, onclick: this.wordClicked.bind(this, word)}, this.words[word]);
      this.draggable(chip, function () {
        return word;
      });
      return chip;
    }, this);
    this.bankEmpty = el('p', {'class': 'rt-muted'}, this.t('bankEmpty'));
    this.bank = el('div', {'class': 'rt-bank', role: 'group', 'aria-label': this.t('bank')},
      el('p', {'class': 'rt-bank-title'}, this.t('bank')), el('p', {'class': 'rt-muted rt-help'}, this.t('help')),
      el('div', {'class': 'rt-words'}, this.chips), this.bankEmpty);
    this.paintBank();
    return this.bank;
  };

  RtDragWords.prototype.paintBank = function () {
    var free = 0;
    this.chips.forEach(function (chip) {
      var word = Number(chip.getAttribute('data-word'));
      var used = this.placed.indexOf(word) >= 0;
      chip.hidden = used;
      chip.setAttribute('aria-pressed', String(this.activeWord === word));
      free += used ? 0 : 1;
    }, this);
    this.bankEmpty.hidden = free > 0;
    this.bank.hidden = !this.open();
  };

  RtDragWords.prototype.repaint = function () {
    this.gaps.forEach(this.paint, this);
    this.paintBank();
    this.trigger('resize');
  };

  /** The bank stands under the text one is working at, so that a phone shows both. */
  RtDragWords.prototype.moveBank = function (gap) {
    var item = this.list.children[gap.item];
    if (this.items.length > 1 && this.bank.parentNode !== item) {
      item.appendChild(this.bank);
    }
  };

  RtDragWords.prototype.gapClicked = function (gap) {
    var word = this.placed[gap.number];
    if (this.justDragged || !this.open()) {
      return;
    }
    if (this.activeWord !== null) {
      this.place(this.activeWord, gap);
      return;
    }
    if (word !== null) {
      this.takeBack(gap);
      return;
    }
    this.activeGap = this.activeGap === gap.number ? null : gap.number;
    if (this.activeGap !== null) {
      this.moveBank(gap);
    }
    this.repaint();
    if (this.activeGap !== null) {
      this.say(this.t('chooseWord'));
      this.focusBank();
    }
  };

  RtDragWords.prototype.wordClicked = function (word) {
    if (this.justDragged) {
      return;
    }
    if (this.activeGap !== null) {
      this.place(word, this.gaps[this.activeGap]);
      return;
    }
    this.activeWord = this.activeWord === word ? null : word;
    this.repaint();
    if (this.activeWord !== null) {
      this.say(this.t('chooseGap'));
    }
  };

  RtDragWords.prototype.focusBank = function () {
    var chip = this.chips.filter(function (node) {
      return !node.hidden;
    })[0];
    if (chip) {
      chip.focus();
    }
  };

  RtDragWords.prototype.place = function (word, gap) {
    var from = this.placed.indexOf(word);
    if (from >= 0) {
      // Out of another gap: the two change places.
      this.placed[from] = this.placed[gap.number];
    }
    this.placed[gap.number] = word;
    this.done(this.t('placed', {word: this.words[word], num: gap.number + 1}));
    this.nodes[gap.number].focus();
  };

  RtDragWords.prototype.takeBack = function (gap) {
    var word = this.placed[gap.number];
    this.placed[gap.number] = null;
    this.done(this.t('returned', {word: this.words[word]}));
  };

  RtDragWords.prototype.done = function (message) {
    this.activeGap = this.activeWord = null;
    this.touch();
    this.repaint();
    this.say(message);
  };

  // Dragging ---------------------------------------------------------------------------------------------------------

  /** Let a node be dragged by mouse, pen or finger; `which` says which word it stands for just now. */
  RtDragWords.prototype.draggable = function (node, which) {
    var self = this;
    node.addEventListener('pointerdown', function (event) {
      var word = which.call(self);
      if (word === null || !self.open() || event.button > 0 || self.drag) {
        return;
      }
      self.drag = {node: node, word: word, id: event.pointerId, x: event.clientX, y: event.clientY, ghost: null};
    });
    node.addEventListener('pointermove', function (event) {
      self.dragMoved(event);
    });
    node.addEventListener('pointerup', function (event) {
      self.dragEnded(event, true);
    });
    node.addEventListener('pointercancel', function (event) {
      self.dragEnded(event, false);
    });
  };

  RtDragWords.prototype.dragMoved = function (event) {
    var drag = this.drag;
    if (!drag || drag.id !== event.pointerId) {
      return;
    }
    var x = event.clientX - drag.x;
    var y = event.clientY - drag.y;
    if (!drag.ghost) {
      if (Math.abs(x) + Math.abs(y) < DRAG_FROM) {
        return;
      }
      drag.node.setPointerCapture(drag.id);
      drag.ghost = el('span', {'class': 'rt-word rt-ghost', 'aria-hidden': 'true'}, this.words[drag.word]);
      this.root.appendChild(drag.ghost);
      drag.node.classList.add('rt-dragged');
    }
    drag.ghost.style.left = event.clientX + 'px';
    drag.ghost.style.top = event.clientY + 'px';
    this.hover(this.gapAt(event));
  };

  RtDragWords.prototype.dragEnded = function (event, dropped) {
    var self = this;
    var drag = this.drag;
    if (!drag || drag.id !== event.pointerId) {
      return;
    }
    this.drag = null;
    if (!drag.ghost) {
      return;
    }
    var gap = dropped ? this.gapAt(event) : null;
    var origin = this.placed.indexOf(drag.word);
    drag.ghost.remove();
    drag.node.classList.remove('rt-dragged');
    this.hover(null);
    // The click that follows a drag is not meant as one.
    this.justDragged = true;
    setTimeout(function () {
      self.justDragged = false;
    }, 0);
    if (gap) {
      this.place(drag.word, gap);
    }
    else if (dropped && origin >= 0) {
      this.takeBack(this.gaps[origin]);
    }
  };

  RtDragWords.prototype.gapAt = function (event) {
    var hit = document.elementFromPoint(event.clientX, event.clientY);
    var box = hit && hit.closest ? hit.closest('.rt-gap-box') : null;
    return box && this.root.contains(box) ? this.gaps[Number(box.getAttribute('data-gap'))] : null;
  };

  RtDragWords.prototype.hover = function (gap) {
    this.nodes.forEach(function (node, number) {
      node.classList.toggle('rt-over', Boolean(gap) && gap.number === number);
    });
  };

  /** After the check the bank goes; the base draws the rest. */
  RtDragWords.prototype.update = function (focus) {
    this.activeGap = this.activeWord = null;
    this.paintBank();
    rt.GapTask.prototype.update.call(this, focus);
  };

  return RtDragWords;
}(H5P.RtCommon));
