// Comfort in forms that are read from the schema: rows are found while one types, and a role is offered its own units.
"use strict";

(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // --- one of very many rows: what is typed fills the list that the browser offers
  for (const box of all("input[data-lookup]")) {
    const list = document.getElementById(box.getAttribute("list"));
    let last = "";
    let waiting = 0;
    const ask = async () => {
      const typed = box.value.trim();
      if (typed === last || typed.length < 2) return;
      last = typed;
      const address = `${box.dataset.lookup}&q=${encodeURIComponent(typed)}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" }).catch(() => null);
      if (!answer || !answer.ok || box.value.trim() !== typed) return;
      const { rows } = await answer.json();
      list.replaceChildren(...rows.map(({ key, words }) => {
        const option = document.createElement("option");
        option.value = key;
        option.label = words;
        option.textContent = words;
        return option;
      }));
    };
    box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 180); });
  }

  // --- a field of many rows: to fill in its value says that it is to be set
  for (const field of all("[data-three-way]")) {
    const radios = all("input[type=radio]", field);
    const value = field.querySelector(".value");
    const show = () => field.classList.toggle("off", !radios.some((each) => each.checked && each.value === "set"));
    for (const each of radios) each.addEventListener("change", show);
    value.addEventListener("input", () => { radios.find((each) => each.value === "set").checked = true; show(); });
    window.addEventListener("pageshow", show);
    show();
  }

  // --- a role is held only for units of its own kind
  for (const role of all("select[name=role]")) {
    const unit = role.form.querySelector("select[name=unit]");
    if (!unit) continue;
    const show = () => {
      const kinds = (role.selectedOptions[0].dataset.units || "").split(" ");
      const any = !role.value;
      for (const group of all("optgroup", unit)) group.hidden = group.disabled = !any && !kinds.includes(group.dataset.unit);
      const chosen = unit.selectedOptions[0];
      if (chosen && chosen.parentElement.disabled) unit.value = "";
      unit.disabled = !any && !all("optgroup", unit).some((group) => !group.disabled);
    };
    role.addEventListener("change", show);
    window.addEventListener("pageshow", show);
    show();
  }
})();
