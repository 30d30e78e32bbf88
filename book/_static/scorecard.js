// The scorecard's filters. They hide the rows that were not asked for, and with them the claims, the notes on
// what was not run and the papers that have no row left. Without this script the form stays hidden and every
// claim is there. `?paper=...&verdict=...&chapter=...` in the address chooses, too.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.claim-filter");
  if (!form || !form.hidden) return; // another page, or the script was loaded twice
  const fields = [...form.querySelectorAll("select")];
  const claims = [...document.querySelectorAll(".claim")];
  const papers = [...document.querySelectorAll(".paper")];

  const rows = claims.flatMap((claim) =>
    [...claim.querySelectorAll("tbody tr")].map((row) => {
      // The last cell links the verdict to its chapter.
      const link = row.querySelector("td:last-child a");
      const chapter = link.getAttribute("href").split(/[#?]/)[0].split("/").pop().replace(/\.\w+$/, "");
      return { row, paper: claim.dataset.paper, verdict: link.textContent.trim(), chapter };
    }),
  );
  const visible = (part) => [...part.querySelectorAll("tbody tr")].some((row) => !row.hidden);

  const choose = () => {
    const chosen = fields.filter((field) => field.value);
    for (const item of rows) item.row.hidden = chosen.some((field) => item[field.name] !== field.value);
    const shown = rows.filter((item) => !item.row.hidden);
    for (const claim of claims) {
      claim.hidden = !visible(claim);
      const open = shown.some((item) => item.verdict === "not run" && claim.contains(item.row));
      for (const note of claim.querySelectorAll(".needs")) note.hidden = !open;
    }
    for (const paper of papers) paper.hidden = !visible(paper);
    form.querySelector("output").textContent = `${shown.length} of ${rows.length} claims`;
    // A page that was opened as a file may not change its address.
    if (location.protocol !== "file:") {
      const asked = new URLSearchParams(chosen.map((field) => [field.name, field.value])).toString();
      history.replaceState(null, "", location.pathname + (asked ? `?${asked}` : "") + location.hash);
    }
  };

  const asked = new URLSearchParams(location.search);
  for (const field of fields) {
    const value = asked.get(field.name);
    if ([...field.options].some((option) => option.value === value)) field.value = value;
  }
  form.hidden = false;
  form.addEventListener("change", choose);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(choose)); // the fields are emptied after the event
  choose();
});
