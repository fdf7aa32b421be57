// node generate.mjs FOLDER: writes normalization.txt and properties.txt, the Unicode tables of Exo.Engine/Tokenization/Unicode,
// from what the JavaScript engine knows (String.prototype.normalize, \p{…}). process.versions.unicode names the version.
//
// normalization.txt, code points in hexadecimal:
//   C cp first last      cp decomposes to first, last and these compose to cp again
//   S cp decomposition   cp decomposes canonically (in full) and never composes
//   K cp decomposition   cp has this full compatibility decomposition, besides its canonical one if any
//   M class ranges       the combining marks of that class
import fs from "node:fs";
import path from "node:path";

const folder = process.argv[2] ?? ".";
const hex = (cp) => cp.toString(16).toUpperCase().padStart(4, "0");
const all = (text) => [...text].map((c) => hex(c.codePointAt(0))).join(" ");
const isHangul = (cp) => cp >= 0xac00 && cp <= 0xd7a3; // decomposes by arithmetic
function* codePoints() {
    for (let cp = 0; cp <= 0x10ffff; cp++)
        if ((cp < 0xd800 || cp > 0xdfff) && !isHangul(cp))
            yield cp;
}
function ranges(list) {
    const found = [];
    for (const cp of list)
        if (found.length && found.at(-1)[1] === cp - 1) found.at(-1)[1] = cp;
        else found.push([cp, cp]);
    return found.map(([a, b]) => (a === b ? hex(a) : `${hex(a)}-${hex(b)}`)).join(" ");
}

const lines = [`# Unicode ${process.versions.unicode}, written by tools/unicode/generate.mjs`];
for (const cp of codePoints()) {
    const c = String.fromCodePoint(cp), canonical = c.normalize("NFD"), compatible = c.normalize("NFKD");
    if (canonical !== c) {
        const parts = [...canonical], last = parts.pop(), first = parts.join("").normalize("NFC");
        if (canonical.normalize("NFC") === c) {
            if ([...first].length !== 1) throw new Error(`no pair composes to ${hex(cp)}`);
            lines.push(`C ${hex(cp)} ${all(first)} ${all(last)}`);
        } else lines.push(`S ${hex(cp)} ${all(canonical)}`);
    }
    if (compatible !== canonical) lines.push(`K ${hex(cp)} ${all(compatible)}`);
}

// A mark's class shows in how it is ordered against one known mark of each class.
const known = {1: 0x334, 6: 0x16ff0, 7: 0x93c, 8: 0x3099, 9: 0x94d, 10: 0x5b0, 11: 0x5b1, 12: 0x5b2, 13: 0x5b3, 14: 0x5b4, 15: 0x5b5, 16: 0x5b6, 17: 0x5b7,
    18: 0x5b8, 19: 0x5b9, 20: 0x5bb, 21: 0x5bc, 22: 0x5bd, 23: 0x5bf, 24: 0x5c1, 25: 0x5c2, 26: 0xfb1e, 27: 0x64b, 28: 0x64c, 29: 0x64d, 30: 0x64e,
    31: 0x64f, 32: 0x650, 33: 0x651, 34: 0x652, 35: 0x670, 36: 0x711, 84: 0xc55, 91: 0xc56, 103: 0xe38, 107: 0xe48, 118: 0xeb8, 122: 0xec8,
    129: 0xf71, 130: 0xf72, 132: 0xf74, 202: 0x321, 214: 0x1dce, 216: 0x31b, 218: 0x302a, 220: 0x316, 222: 0x59a, 224: 0x302e, 226: 0x1d16d,
    228: 0x5ae, 230: 0x301, 232: 0x315, 233: 0x35c, 234: 0x35d, 240: 0x345};
const swaps = (a, b) => `\u{1f600}${a}${b}`.normalize("NFD") === `\u{1f600}${b}${a}` && a !== b;
const marks = new Map();
for (const cp of codePoints()) {
    const c = String.fromCodePoint(cp);
    if (c.normalize("NFD") !== c) continue;
    const isMark = swaps(c, String.fromCodePoint(0x334)) || swaps(String.fromCodePoint(0x345), c);
    if (!isMark) continue;
    const own = Object.keys(known).filter((k) => { const m = String.fromCodePoint(known[k]); return !swaps(c, m) && !swaps(m, c); });
    if (own.length !== 1) throw new Error(`class of ${hex(cp)}: ${own}`);
    if (!marks.has(own[0])) marks.set(own[0], []);
    marks.get(own[0]).push(cp);
}
for (const [k, list] of [...marks].sort((a, b) => a[0] - b[0])) lines.push(`M ${k} ${ranges(list)}`);
fs.writeFileSync(path.join(folder, "normalization.txt"), lines.join("\n") + "\n");

const scripts = ["Arabic", "Armenian", "Bengali", "Bopomofo", "Common", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati", "Gurmukhi",
    "Han", "Hangul", "Hebrew", "Hiragana", "Inherited", "Kannada", "Katakana", "Khmer", "Lao", "Latin", "Malayalam", "Mongolian", "Myanmar", "Oriya",
    "Sinhala", "Tamil", "Telugu", "Thai", "Tibetan"].map((name) => [name, `Script=${name}`]);
const binary = ["Alphabetic", "Emoji", "Extended_Pictographic", "Ideographic", "Lowercase", "Uppercase"].map((name) => [name.replace("_", ""), name]);
const table = [`# Unicode ${process.versions.unicode}, written by tools/unicode/generate.mjs: a property or script, its code points`];
const everything = Array.from({length: 0x110000}, (_, cp) => cp).filter((cp) => cp < 0xd800 || cp > 0xdfff);
for (const [name, property] of [...binary, ...scripts]) {
    const is = new RegExp(`^\\p{${property}}$`, "u");
    table.push(`${name} ${ranges(everything.filter((cp) => is.test(String.fromCodePoint(cp))))}`);
}
fs.writeFileSync(path.join(folder, "properties.txt"), table.join("\n") + "\n");
