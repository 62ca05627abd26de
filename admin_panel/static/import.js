// A file may be dropped onto the form, and one that is too large is told before it is sent. The API decides again.
"use strict";

(() => {
  for (const form of document.querySelectorAll("form[data-drops]")) {
    const field = form.querySelector("input[type=file]");
    const over = form.querySelector("[data-too-large]");
    const look = () => {
      const [file] = field.files;
      over.hidden = !file || file.size <= Number(field.dataset.largest);
      field.setCustomValidity(over.hidden ? "" : over.textContent);
      form.classList.remove("dropping");
    };
    form.querySelector("[data-drop-words]").hidden = false;
    field.addEventListener("change", look);
    for (const kind of ["dragenter", "dragover"]) {
      form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("dropping"); });
    }
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("dropping");
    });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
      look();
      field.focus();
    });
    window.addEventListener("pageshow", look);
  }
})();
