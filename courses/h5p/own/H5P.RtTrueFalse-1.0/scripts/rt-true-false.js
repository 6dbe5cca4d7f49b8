// H5P.RtTrueFalse: statements to be judged. RtCommon.ChoiceTask with two fixed options.

var H5P = window.H5P = window.H5P || {};

H5P.RtTrueFalse = (function (rt) {
  'use strict';

  var TEXTS = {
    trueText: 'True', falseText: 'False', check: 'Check', next: 'Next', finish: 'See the result',
    showSolutions: 'Show answers', retry: 'Try again', questionOf: 'Statement :num of :total', correct: 'Right',
    wrong: 'Not right', correctAnswer: 'Right answer: :answer', yourAnswer: 'Your answer: :answer',
    notAnswered: 'Not answered', score: ':score of :total points', passed: 'You reached the mark.',
    notPassed: ':percent% are needed. You can try again.'
  };

  /**
   * @class
   * @param {Object} params see semantics.json
   * @param {number} contentId
   * @param {Object} extras
   */
  function RtTrueFalse(params, contentId, extras) {
    params = rt.plain(params || {});
    var texts = Object.assign({}, TEXTS, params.l10n);
    var items = (params.statements || []).map(function (statement) {
      return {
        prompt: statement.statement,
        explanation: statement.explanation,
        options: [
          {text: texts.trueText, correct: statement.correct === true},
          {text: texts.falseText, correct: statement.correct !== true}
        ]
      };
    });
    rt.ChoiceTask.call(this, params, contentId, extras, TEXTS, items, false);
    this.className = 'h5p-rt-true-false';
  }
  RtTrueFalse.prototype = Object.create(rt.ChoiceTask.prototype);
  RtTrueFalse.prototype.constructor = RtTrueFalse;

  /** xAPI has an interaction of its own for true and false. */
  RtTrueFalse.prototype.itemStatement = function (index) {
    var answer = this.answers[index];
    return {
      response: answer === null ? '' : String(answer === 0),
      definition: {
        description: this.texts(this.items[index].prompt),
        interactionType: 'true-false',
        correctResponsesPattern: [String(this.rightOption(index) === 0)]
      }
    };
  };

  return RtTrueFalse;
}(H5P.RtCommon));
