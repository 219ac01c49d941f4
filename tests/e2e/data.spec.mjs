// A person's own data: dropped or chosen, looked at, learned from, shared in the link or by its SHA-256, refused in
// words. What the page computes is what the command line computes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, fresh, lacks, open, part, picture, quiet, test } from "./harness.mjs";

const MURMUR = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"), "release/murmur");
const SKIP = lacks("bring-data");
const LINK = "#/fedstale?arms=fedstale,fedavg&seeds=1&rounds=10&v=1";
const RUN_MS = 60_000;
const FOLDER = join(ROOT, "target/e2e");

/** Two kinds of flowers at six sites: the same on every machine. */
function flowers(rows, digits = 2) {
  let state = 7;
  const draw = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const line = (row) => {
    const kind = row % 3;
    const number = (at) => (at + draw() + draw() - 1).toFixed(digits);
    return `${number(kind)},${number(kind === 1 ? 1.5 : 0)},${"abcdef"[Math.floor(draw() * 6)]},${["iris", "rose", "tulip"][kind]}`;
  };
  return ["length,width,site,kind", ...Array.from({ length: rows }, (_, row) => line(row))].join("\n") + "\n";
}

const bytesOf = (given) => [...Buffer.from(given)];

/** Files, [name, text or bytes] each, dropped on the page. */
const drop = (page, ...files) =>
  page.evaluate(
    (files) => {
      const carried = new DataTransfer();
      for (const [name, bytes] of files) carried.items.add(new File([Uint8Array.from(bytes)], name));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
    },
    files.map(([name, given]) => [name, bytesOf(given)]),
  );

const look = (page, state) => page.locator(`[data-test="look"][data-state="${state}"]`).waitFor({ timeout: RUN_MS });
const hash = (page) => page.evaluate(() => location.hash);

async function finished(page) {
  await page.locator('[data-test="transport"][data-state="finished"]').waitFor({ timeout: RUN_MS });
  return (await part(page, "digest").innerText()).trim();
}

/** The digest by the command line; none where it is not built. */
function murmur(link, ...more) {
  if (!existsSync(MURMUR)) return undefined;
  const { stderr } = spawnSync(MURMUR, ["run", link, ...more], { encoding: "utf8", maxBuffer: 1e8 });
  return stderr.match(/digest ([0-9a-f]{16})/)?.[1] ?? stderr;
}

function saved(name, given) {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, name);
  writeFileSync(path, Buffer.from(given));
  return path;
}

/** What the dialog with the link says of the data. */
async function shares(page, says) {
  await part(page, "share").click();
  assert.match(await part(page, "share-data").innerText(), says);
  await page.keyboard.press("Escape");
}

test("a table that is dropped is shown, learned from, and travels in the link", { skip: SKIP }, async (t) => {
  const { page, complaints, site } = await open(t, LINK);
  const before = await finished(page);
  await drop(page, ["flowers.csv", flowers(240)]);
  await look(page, "fits");
  assert.match(await part(page, "look-says").innerText(), /240 rows of 2 numbers, 3 classes, held by 6 clients/);
  assert.equal(await part(page, "data-label").inputValue(), "4");
  assert.equal(await part(page, "data-client").inputValue(), "3");
  await picture(page, "data-look");
  assert.equal(await hash(page), LINK, "looking changes nothing");
  // Another choice is read again: the site is a word, and no number.
  await part(page, "data-client").selectOption("0");
  await look(page, "refused");
  assert.match(await part(page, "look-says").innerText(), /Line 2, column 3 \(“site”\): “\w” is not a number/);
  assert.ok(await part(page, "use-data").isDisabled());
  await part(page, "data-client").selectOption("3");
  await look(page, "fits");
  await part(page, "use-data").click();
  const digest = await finished(page);
  assert.notEqual(digest, before);
  const link = await hash(page);
  assert.match(link, /&data=csv\.4\.3\.z\.[\w-]+&v=1$/);
  assert.match(await part(page, "own-data").innerText(), /flowers.csv: 240 rows, 2 features, 3 classes, 6 clients/);
  assert.match(await part(page, "settled-clients").innerText(), /client column/);
  await picture(page, "data-own");
  // What the data settles is nothing to sweep over.
  const offered = (name) => page.locator(`[data-test="sweep-dial-0"] option[value="${name}"]`).evaluate((it) => !it.disabled);
  assert.deepEqual([await offered("clients"), await offered("beta")], [false, true]);
  assert.notEqual(await part(page, "sweep-dial-0").inputValue(), "clients");
  await shares(page, /who gets the link gets the data/);
  const native = murmur(link);
  if (native) assert.equal(native, digest, "the command line computes the same");

  const other = await fresh(t);
  await other.page.goto(site.url + link);
  assert.equal(await finished(other.page), digest, "whoever gets the link gets the run");
  await part(other.page, "remove-data").click();
  assert.equal(await finished(other.page), before, "back to what ships");
  await other.page.keyboard.press("Control+z");
  await other.page.locator('[data-test="own-data"][data-state="own"]').waitFor();
  assert.equal(await finished(other.page), digest, "and back again");
  quiet(complaints);
  quiet(other.complaints);
});

test("a large file goes by its SHA-256: the link asks for it and takes no other", { skip: SKIP }, async (t) => {
  const text = flowers(20_000, 6);
  const sha256 = createHash("sha256").update(text).digest("hex");
  const { page, complaints, site } = await open(t, LINK);
  await part(page, "bring-data").setInputFiles({ name: "large.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await look(page, "fits");
  await part(page, "use-data").click();
  const digest = await finished(page);
  const link = await hash(page);
  assert.ok(link.includes(`data=csv.4.3.sha256.${sha256}`), link);
  await shares(page, new RegExp(`too large for a link.*${sha256.slice(0, 12)} …`));

  const other = await fresh(t);
  await other.page.goto(site.url + link);
  const wants = part(other.page, "wants-data");
  assert.match(await wants.innerText(), new RegExp(`SHA-256 ${sha256.slice(0, 12)}`));
  await picture(other.page, "data-wanted");
  await drop(other.page, ["other.csv", flowers(30)]);
  await look(other.page, "refused");
  const says = await part(other.page, "look-says").innerText();
  assert.match(says, new RegExp(`wants the file with SHA-256 ${sha256.slice(0, 12)}….*the one given has [0-9a-f]{12}…`));
  await other.page.keyboard.press("Escape");
  assert.equal(await hash(other.page), link, "nothing is lost");
  await part(other.page, "choose-data").setInputFiles({ name: "large.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  assert.equal(await finished(other.page), digest);
  assert.equal(await wants.count(), 0);
  const native = murmur(link, "--data", saved("large.csv", text));
  if (native) assert.equal(native, digest, "the command line computes the same");
  quiet(complaints);
  quiet(other.complaints);
});

/** A pair of IDX files of pictures that differ by label. */
function pair(count, side) {
  const head = (magic, sizes) => Buffer.concat([Buffer.from([0, 0, 8, magic]), ...sizes.map((n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(n);
    return bytes;
  })]);
  const pixels = Buffer.from(Array.from({ length: count * side * side }, (_, i) => {
    const [image, pixel] = [Math.floor(i / (side * side)), i % (side * side)];
    return (pixel % side < side / 2) === (image % 2 === 0) ? 200 + (i % 50) : i % 60;
  }));
  const labels = Buffer.from(Array.from({ length: count }, (_, image) => image % 2));
  return [Buffer.concat([head(3, [count, side, side]), pixels]), Buffer.concat([head(1, [count]), labels])];
}

test("pictures and labels in the layout of MNIST are learned from by a convolution", { skip: SKIP }, async (t) => {
  const { page, complaints } = await open(t, "#/fedamd?model=cnn&source=digits8&partition=iid&clients=10&participants=5&arms=fedamd_const&seeds=1&rounds=5");
  const [images, labels] = pair(120, 28);
  await drop(page, ["labels-idx1-ubyte", labels]);
  await look(page, "refused");
  assert.match(await part(page, "look-says").innerText(), /These are labels: bring the images/);
  await page.keyboard.press("Escape");
  await drop(page, ["labels-idx1-ubyte", labels], ["images-idx3-ubyte", images]);
  await look(page, "fits");
  assert.match(await part(page, "look-says").innerText(), /120 rows of 784 numbers, 2 classes/);
  await part(page, "use-data").click();
  const digest = await finished(page);
  const link = await hash(page);
  const native = murmur(link);
  if (native) assert.equal(native, digest);
  assert.match(await part(page, "settled-source").innerText(), /own data/);
  quiet(complaints);
});

test("a bad file gets a sentence with line and column, and nothing is lost", { skip: SKIP }, async (t) => {
  const { page, complaints } = await open(t, LINK);
  const digest = await finished(page);
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from("a,b\n1,x\n2,y\n", "utf16le")]);
  const cases = [
    ["a,b,c\n1,2,x\n1,2\n", /Line 3 has 2 values; the header has 3 columns/],
    ["a,b,c\n1,2,x\n1,,y\n", /Line 3, column 2 \(“b”\): a value is missing/],
    ["a,b,c\nNaN,2,x\n1,2,y\n", /“NaN” is not a finite number/],
    ["a,b\n1,x\n2,x\n", /one class/],
    ["a,b,a\n1,2,x\n", /Columns 1 and 3 are both called “a”/],
    ["a,b\n", /a header and no rows/],
    [Array(1e5).fill("x").join(","), /100000 columns; at most 2048/],
    [utf16, /UTF-16/],
    [Buffer.from("a,b\n1,caf\xe9\n", "latin1"), /Line 2, byte 6: 0xe9 is not UTF-8/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]), /binary/],
  ];
  for (const [given, says] of cases) {
    await drop(page, ["bad.csv", given]);
    await look(page, "refused");
    assert.match(await part(page, "look-says").innerText(), says);
    await page.keyboard.press("Escape");
    await part(page, "look").waitFor({ state: "detached" });
  }
  await drop(page, ["a.csv", "a,b\n"], ["b.csv", "a,b\n"]);
  assert.match(await part(page, "toast").innerText(), /one file at a time/);
  assert.deepEqual([await hash(page), await finished(page)], [LINK, digest]);
  // In a link: a text that is cut, and one that unpacks to far more than it may.
  const { deflateRawSync } = await import("node:zlib");
  const bomb = deflateRawSync(Buffer.alloc(8_000_000, "1"), { level: 9 }).toString("base64url");
  for (const [packed, says] of [["AA+AA", /was cut or changed/], ["AAAA", /was cut or changed/], [bomb, /unpacks to more than 1 MB/]]) {
    await page.goto("about:blank");
    await page.goBack();
    await page.evaluate((to) => (location.hash = to), `#/fedstale?seeds=1&rounds=10&arms=fedavg&data=csv.2.0.z.${packed}`);
    await page.locator('[data-test="notices"]').getByText(says).waitFor({ timeout: RUN_MS });
  }
  await part(page, "remove-data").click();
  await finished(page);
  quiet(complaints);
});

test("on a phone and in the dark the look at a file stays in its frame", { skip: SKIP }, async (t) => {
  const { page, complaints } = await open(t, LINK, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await finished(page);
  await drop(page, ["a table with quite a long name that a person gave it in a hurry.csv", flowers(240)]);
  await look(page, "fits");
  await picture(page, "data-look-phone");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `the page is ${wide} px wide`);
  await part(page, "use-data").click();
  await finished(page);
  await part(page, "own-data").scrollIntoViewIfNeeded();
  await picture(page, "data-own-phone");
  quiet(complaints);
});
