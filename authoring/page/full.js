"use strict";
// Starts H5P's own editor (H5P_EDITOR_FILES) for the exercise in `model`; saving is as with the form.
(function () {
  const { model, start, touched } = window.Authoring;
  const { editor } = window.H5PIntegration;
  const H5PEditor = window.H5PEditor;
  Object.assign(H5PEditor, {
    $: window.H5P.jQuery,
    basePath: editor.libraryUrl,
    fileIcon: editor.fileIcon,
    ajaxPath: editor.ajaxPath,
    filesPath: editor.filesPath,
    apiVersion: editor.apiVersion,
    contentLanguage: editor.language,
    copyrightSemantics: editor.copyrightSemantics,
    metadataSemantics: editor.metadataSemantics,
    assets: editor.assets,
    baseUrl: "",
    contentId: model.content,
    enableContentHub: false,
    getAjaxUrl(action, parameters) {
      const more = Object.entries(parameters || {}).map(([name, value]) => `&${name}=${encodeURIComponent(value)}`);
      return window.H5PIntegration.editor.ajaxPath + action + more.join("");
    },
  });
  const content = JSON.stringify({ params: model.params, metadata: model.metadata });
  const made = new H5PEditor.Editor(model.library, content, document.getElementById("h5p-editor"));
  document.addEventListener("focusin", touched, { once: true });
  start(
    () =>
      new Promise((resolve, reject) => {
        made.getContent(
          (given) => {
            const { params, metadata } = JSON.parse(given.params);
            resolve({ library: given.library, params, metadata: { ...metadata, title: given.title || metadata.title } });
          },
          (reason) => (reason ? reject(new Error(String(reason))) : resolve(null)),
        );
      }),
  );
})();
