// Another renderer of ZPL: each file named becomes a PNG beside it, in the size given in millimetres.
const fs = require("node:fs");
const { ready } = require("zpl-renderer-js");

async function main() {
  const { api } = await ready;
  for (const argument of process.argv.slice(2)) {
    const [path, width, height] = argument.split(":");
    const zpl = fs.readFileSync(path, "utf8");
    const picture = await api.zplToBase64Async(zpl, Number(width), Number(height), 8);
    fs.writeFileSync(path + ".png", Buffer.from(picture, "base64"));
  }
  process.exit(0);
}

main();
