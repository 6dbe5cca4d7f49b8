"""QTI 1.2 as cartridges hold it: quizzes and banks, read into questions of ours."""
