// The notebook's own part: runs the cells in order as one program, and shows what each hands to `show`.
const helpers = {
  table(head, rows) {
    const row = (cells, kind) => `<tr>${cells.map((cell) => `<${kind}>${cell}</${kind}>`).join("")}</tr>`;
    const table = document.createElement("table");
    table.innerHTML = row(head, "th") + rows.map((cells) => row(cells, "td")).join("");
    return table;
  },

  lines(label, columns) {
    const [width, height] = [640, 220];
    const all = columns.flatMap(({ values }) => [...values]);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const last = Math.max(...columns.flatMap(({ rounds }) => [...rounds]));
    const path = ({ rounds, values }) => [...values].map((value, at) => {
      const [x, y] = [(rounds[at] / last) * width, height - ((value - low) / (high - low || 1)) * height];
      return `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }).join("");
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `-8 -8 ${width + 16} ${height + 16}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${label}, from ${low.toPrecision(3)} to ${high.toPrecision(3)}, over ${last} rounds`);
    svg.innerHTML = columns.map((column, at) => `<path d="${path(column)}" fill="none" stroke="${at < columns.length / 2 ? "#0072B2" : "#D55E00"}"/>`).join("");
    return svg;
  },
};

const cells = [...document.querySelectorAll(".cell")];
window.cells = cells.map((cell) => ({
  code: cell.querySelector("pre").textContent,
  show: (what) => cell.querySelector("output")?.replaceChildren(what),
}));
// One module of all cells, so that a later one sees what an earlier one has named.
const program = window.cells.map(({ code }, at) => `show = cells[${at}].show;\n${code}`).join("\n");
const source = `export default async (cells, { table, lines }) => {\nlet show;\n${program}\n};`;
const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
try {
  const { default: run } = await import(address);
  await run(window.cells, helpers);
  document.body.dataset.state = "done";
} catch (error) {
  document.body.dataset.state = "failed";
  document.body.append(String(error));
}
