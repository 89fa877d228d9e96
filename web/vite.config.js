import { svelte } from "@sveltejs/vite-plugin-svelte";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { constants, brotliCompress, gzip } from "node:zlib";
import { defineConfig } from "vite";

const OUT = path.resolve(import.meta.dirname, "../src/parlour/web/client");
const PRESSED = /\.(js|css|html|svg|webmanifest)$/;

/** Writes each text a second and third time, compressed, so that the node need not do it for each who asks. */
function compressed() {
  return {
    name: "compressed",
    apply: "build",
    async closeBundle() {
      await offline();
      const files = await readdir(OUT, { recursive: true });
      await Promise.all(files.filter((file) => PRESSED.test(file)).map((file) => press(path.join(OUT, file))));
    },
  };
}

/** Writes the service worker, which keeps the files of the client; those of the console are fetched when wanted. */
async function offline() {
  const files = (await readdir(path.join(OUT, "assets"))).filter((file) => !/^Console/.test(file)).map((file) => `/assets/${file}`);
  const worker = await readFile(path.resolve(import.meta.dirname, "src/sw.js"), "utf8");
  await writeFile(path.join(OUT, "sw.js"), worker.replace("[/* files */]", JSON.stringify(files.sort())));
}

async function press(file) {
  const text = await readFile(file);
  await writeFile(`${file}.gz`, await promisify(gzip)(text, { level: 9 }));
  await writeFile(`${file}.br`, await promisify(brotliCompress)(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11 },
  }));
}

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the policy of the pages lets nothing in that is not a file of this host
    reportCompressedSize: false,
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
