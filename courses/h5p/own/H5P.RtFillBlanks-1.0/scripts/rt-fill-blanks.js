// H5P.RtFillBlanks: words to be typed into gaps. RtCommon.GapTask with text fields.

var H5P = window.H5P = window.H5P || {};

H5P.RtFillBlanks = (function (rt) {
  'use strict';

  var TEXTS = {
    check: 'Check', showSolutions: 'Show answers', retry: 'Try again', correct: 'Right', wrong: 'Not right',
    correctAnswer: 'Right answer: :answer', gapLabel: 'Gap :num of :total', tip: 'Tip for',
    score: ':score of :total points', passed: 'You reached the mark.', notPassed: ':percent% are needed. You can try again.'
  };
  var NARROWEST = 4;
  var WIDEST = 16;

  /**
   * @class
   * @param {Object} params see semantics.json
   * @param {number} contentId
   * @param {Object} extras
   */
  function RtFillBlanks(params, contentId, extras) {
    params = rt.plain(params || {});
    rt.GapTask.call(this, params, contentId, extras, TEXTS);
    this.className = 'h5p-rt-fill-blanks';
    // All fields are equally wide, so that the width gives no answer away.
    var longest = this.gaps.reduce(function (most, gap) {
      return Math.max(most, gap.answers[0].length);
    }, NARROWEST);
    this.width = Math.min(longest + 1, WIDEST) + 'em';
    this.clear();
    this.resume();
  }
  RtFillBlanks.prototype = Object.create(rt.GapTask.prototype);
  RtFillBlanks.prototype.constructor = RtFillBlanks;

  RtFillBlanks.prototype.clear = function () {
    this.answers = this.gaps.map(function () {
      return '';
    });
  };

  RtFillBlanks.prototype.saved = function () {
    return {answers: this.answers};
  };

  RtFillBlanks.prototype.restore = function (state) {
    var fits = Array.isArray(state.answers) && state.answers.length === this.gaps.length && state.answers.every(function (answer) {
      return typeof answer === 'string';
    });
    if (fits) {
      this.answers = state.answers.slice();
    }
    return fits;
  };

  RtFillBlanks.prototype.given = function (gap) {
    return this.answers[gap.number].trim();
  };

  RtFillBlanks.prototype.gapNode = function (gap) {
    var self = this;
    var field = rt.el('input', {
      type: 'text', 'class': 'rt-field', 'aria-label': this.gapLabel(gap), autocomplete: 'off', autocapitalize: 'off',
      autocorrect: 'off', spellcheck: 'false', maxlength: '200', value: this.answers[gap.number],
      oninput: function () {
        self.answers[gap.number] = field.value;
        self.touched = true;
      },
      onchange: function () {
        self.touch();
      },
      onkeydown: function (event) {
        // Enter also confirms a word in an input method; that is not meant for us.
        if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229) {
          event.preventDefault();
          self.step(gap.number + 1);
        }
      }
    });
    field.style.width = this.width;
    this.nodes[gap.number] = field;
    return field;
  };

  /** Enter goes to the next gap, and from the last one to the button. */
  RtFillBlanks.prototype.step = function (number) {
    (this.nodes[number] || this.after.querySelector('button')).focus();
  };

  RtFillBlanks.prototype.paint = function (gap) {
    this.nodes[gap.number].readOnly = !this.open();
  };

  return RtFillBlanks;
}(H5P.RtCommon));
