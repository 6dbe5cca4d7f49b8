// H5P.RtSingleChoiceSet: questions with one right option each. All behaviour is RtCommon.ChoiceTask's.

var H5P = window.H5P = window.H5P || {};

H5P.RtSingleChoiceSet = (function (rt) {
  'use strict';

  var TEXTS = {
    check: 'Check', next: 'Next', finish: 'See the result', showSolutions: 'Show answers', retry: 'Try again',
    questionOf: 'Question :num of :total', correct: 'Right', wrong: 'Not right',
    correctAnswer: 'Right answer: :answer', yourAnswer: 'Your answer: :answer', notAnswered: 'Not answered',
    score: ':score of :total points', passed: 'You reached the mark.', notPassed: ':percent% are needed. You can try again.'
  };

  /**
   * @class
   * @param {Object} params see semantics.json
   * @param {number} contentId
   * @param {Object} extras
   */
  function RtSingleChoiceSet(params, contentId, extras) {
    params = rt.plain(params || {});
    var shuffled = !params.behaviour || params.behaviour.randomOrder !== false;
    var items = (params.questions || []).map(function (question) {
      return {prompt: question.question, options: question.options || [], explanation: question.explanation};
    });
    rt.ChoiceTask.call(this, params, contentId, extras, TEXTS, items, shuffled);
    this.className = 'h5p-rt-single-choice-set';
  }
  RtSingleChoiceSet.prototype = Object.create(rt.ChoiceTask.prototype);
  RtSingleChoiceSet.prototype.constructor = RtSingleChoiceSet;

  return RtSingleChoiceSet;
}(H5P.RtCommon));
