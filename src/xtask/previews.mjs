// Paints the pictures that chats and networks show beside a link: node previews.mjs WIDTH HEIGHT FOLDER < systems as JSON.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [width, height] = process.argv.slice(2, 4).map(Number);
const folder = process.argv[4];
let given = "";
for await (const part of process.stdin) given += part;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

const card = ({ title, family, says, paper, scene }) => `<!doctype html><html lang="en"><meta charset="utf-8"><style>
  * { box-sizing: border-box; margin: 0 }
  body { width: ${width}px; height: ${height}px; background: #faf9f6; color: #16181d; font: 27px/1.4 system-ui, sans-serif;
    display: grid; grid-template-columns: 500px 1fr; gap: 44px; padding: 56px; border-bottom: 10px solid #0b6e6e }
  section { display: flex; flex-direction: column; min-width: 0 }
  .family { color: #0b6e6e; font-size: 22px; font-weight: 600 }
  h1 { font: 600 54px/1.12 ui-serif, Charter, Georgia, serif; margin: 14px 0 22px; text-wrap: balance }
  .paper { color: #5b6270; font-size: 19px; margin-top: auto; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden }
  .mark { font-weight: 600; font-size: 22px; margin-top: 16px }
  figure { background: #fff; border: 1px solid #e3e1db; border-radius: 10px; padding: 20px; display: grid; place-items: center; min-height: 0 }
  svg { width: 100%; height: auto; max-height: 100% }
</style><section><p class="family">${escaped(family)}</p><h1>${escaped(title)}</h1><p>${escaped(says)}</p>
<p class="paper">${escaped(paper)}</p><p class="mark">Murmuration</p></section><figure>${scene}</figure>`;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"],
});
const page = await browser.newPage({ viewport: { width, height }, javaScriptEnabled: false });
for (const system of JSON.parse(given)) {
  await page.setContent(card(system));
  await page.screenshot({ path: join(folder, `${system.slug}.png`) });
  console.log(`   painted ${system.slug}`);
}
await browser.close();
