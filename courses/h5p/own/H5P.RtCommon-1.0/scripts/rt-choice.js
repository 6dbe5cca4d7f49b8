// H5P.RtCommon.ChoiceTask: questions one after another, each with one right option; then the result.
// Single choice sets and true/false differ only in where their items come from.

H5P.RtCommon.ChoiceTask = H5P.RtCommon.ChoiceTask || (function (rt) {
  'use strict';

  var el = rt.el;
  var instances = 0;

  /**
   * @class
   * @param {Array} items {prompt, options: [{text, correct, feedback}], explanation}
   * @param {boolean} shuffled whether options are shown in a random order
   */
  function ChoiceTask(params, contentId, extras, texts, items, shuffled) {
    rt.Task.call(this, params, contentId, extras, texts);
    this.items = items;
    this.shuffled = shuffled;
    this.name = 'rt-choice-' + (++instances);
    this.clear();
    this.resume();
  }
  ChoiceTask.prototype = Object.create(rt.Task.prototype);
  ChoiceTask.prototype.constructor = ChoiceTask;

  /** answers[i] is the index of the chosen option in the author's order, or null. */
  ChoiceTask.prototype.clear = function () {
    this.step = 0;
    this.checked = this.items.map(function () {
      return false;
    });
    this.answers = this.items.map(function () {
      return null;
    });
    this.orders = this.items.map(function (item) {
      return rt.order(item.options.length, this.shuffled);
    }, this);
  };

  ChoiceTask.prototype.saved = function () {
    return {step: this.step, answers: this.answers, checked: this.checked, orders: this.orders};
  };

  ChoiceTask.prototype.restore = function (state) {
    var items = this.items;
    var fits = Number.isInteger(state.step) && state.step >= 0 && state.step <= items.length &&
      (state.finished === true) === (state.step === items.length) &&
      [state.answers, state.checked, state.orders].every(function (list) {
        return Array.isArray(list) && list.length === items.length;
      }) &&
      items.every(function (item, i) {
        var answer = state.answers[i];
        return rt.isOrder(state.orders[i], item.options.length) &&
          (answer === null || (Number.isInteger(answer) && answer >= 0 && answer < item.options.length));
      });
    if (fits) {
      this.step = state.step;
      this.answers = state.answers.slice();
      this.checked = state.checked.map(Boolean);
      this.orders = state.orders;
    }
    return fits;
  };

  ChoiceTask.prototype.itemMax = function () {
    return 1;
  };

  ChoiceTask.prototype.itemScore = function (index) {
    var option = this.items[index].options[this.answers[index]];
    return this.checked[index] && option && option.correct ? 1 : 0;
  };

  ChoiceTask.prototype.itemAnswered = function (index) {
    return this.answers[index] !== null;
  };

  ChoiceTask.prototype.rightOption = function (index) {
    return this.items[index].options.findIndex(function (option) {
      return option.correct;
    });
  };

  ChoiceTask.prototype.itemStatement = function (index) {
    var self = this;
    var answer = this.answers[index];
    return {
      response: answer === null ? '' : String(answer),
      definition: {
        description: this.texts(this.items[index].prompt),
        interactionType: 'choice',
        choices: this.items[index].options.map(function (option, i) {
          return {id: String(i), description: self.texts(option.text)};
        }),
        correctResponsesPattern: [String(this.rightOption(index))]
      }
    };
  };

  ChoiceTask.prototype.render = function (focus) {
    if (this.step < this.items.length) {
      this.showItem(focus);
    }
    else {
      this.showResult(focus);
    }
  };

  ChoiceTask.prototype.showItem = function (focus) {
    var self = this;
    var index = this.step;
    var item = this.items[index];
    var checked = this.checked[index];
    var values = {num: index + 1, total: this.items.length};
    var legend = el('legend', {'class': 'rt-question rt-text', tabindex: '-1'},
      el('span', {'class': 'rt-hidden'}, this.t('questionOf', values) + ' '), item.prompt);
    var go = this.button(this.goKey(checked), true, this.go);
    var options = this.orders[index].map(function (option) {
      return self.optionRow(index, option, checked, go);
    });
    go.disabled = this.answers[index] === null;
    this.show([
      this.items.length > 1 && el('div', {'class': 'rt-progress', 'aria-hidden': 'true'},
        el('span', {}, this.t('questionOf', values)), el('span', {'class': 'rt-meter'}, rt.meter((index + (checked ? 1 : 0)) / this.items.length))),
      el('fieldset', {'class': 'rt-options'}, legend, options),
      checked && this.feedback(index),
      el('div', {'class': 'rt-actions'}, go)
    ]);
    if (focus) {
      (checked ? this.screen.querySelector('.rt-feedback') : legend).focus();
    }
  };

  ChoiceTask.prototype.goKey = function (checked) {
    if (this.behaviour.instantFeedback && !checked) {
      return 'check';
    }
    return this.step + 1 < this.items.length ? 'next' : 'finish';
  };

  ChoiceTask.prototype.optionRow = function (index, option, checked, go) {
    var self = this;
    var chosen = this.answers[index] === option;
    var right = this.items[index].options[option].correct;
    var tell = checked && (chosen || right);
    return el('label', {'class': 'rt-option', 'data-option': option, 'data-state': tell ? (right ? 'right' : 'wrong') : false},
      el('input', {
        type: 'radio', name: this.name + '-' + index, value: option, checked: chosen, disabled: checked,
        onchange: function () {
          self.answers[index] = option;
          go.disabled = false;
          self.touch();
        },
        onkeydown: function (event) {
          if (event.key === 'Enter' && !go.disabled) {
            event.preventDefault();
            self.go();
          }
        }
      }),
      el('span', {'class': 'rt-option-text rt-text'}, this.items[index].options[option].text),
      tell && this.mark(right));
  };

  ChoiceTask.prototype.feedback = function (index) {
    var item = this.items[index];
    var right = this.itemScore(index) === 1;
    var chosen = item.options[this.answers[index]];
    return el('div', {'class': 'rt-feedback', tabindex: '-1', 'data-right': String(right)},
      el('p', {'class': 'rt-feedback-title'}, this.t(right ? 'correct' : 'wrong')),
      !right && el('p', {}, this.t('correctAnswer', {answer: item.options[this.rightOption(index)].text})),
      chosen && chosen.feedback && el('p', {'class': 'rt-text'}, chosen.feedback),
      item.explanation && el('p', {'class': 'rt-text'}, item.explanation));
  };

  /** The one main button: check, go on, or see the result. */
  ChoiceTask.prototype.go = function () {
    var index = this.step;
    if (this.answers[index] === null) {
      return;
    }
    if (!this.checked[index]) {
      this.checked[index] = true;
      this.touched = true;
      this.reportItem(index);
      if (this.behaviour.instantFeedback) {
        this.showItem(true);
        return;
      }
    }
    this.step++;
    if (this.step === this.items.length) {
      this.finish();
    }
    this.render(true);
  };

  ChoiceTask.prototype.showResult = function (focus) {
    var box = this.resultBox(this.showSolutionList);
    this.show([box], focus && box.querySelector('.rt-score'));
  };

  ChoiceTask.prototype.showSolutionList = function () {
    var self = this;
    var box = this.resultBox(null);
    var list = el('ol', {'class': 'rt-solutions'}, this.items.map(function (item, index) {
      var answer = item.options[self.answers[index]];
      var right = self.itemScore(index) === 1;
      return el('li', {},
        el('p', {'class': 'rt-text rt-solution-question'}, item.prompt),
        el('p', {}, self.mark(right), ' ', answer ? self.t('yourAnswer', {answer: answer.text}) : self.t('notAnswered')),
        !right && el('p', {'class': 'rt-solution'}, self.t('correctAnswer', {answer: item.options[self.rightOption(index)].text})),
        item.explanation && el('p', {'class': 'rt-text rt-muted'}, item.explanation));
    }));
    this.show([box, list], box.querySelector('.rt-score'));
  };

  ChoiceTask.prototype.reveal = function () {
    this.step = this.items.length;
    this.checked = this.items.map(function () {
      return true;
    });
    if (this.root) {
      this.showSolutionList();
    }
  };

  return ChoiceTask;
}(H5P.RtCommon));
