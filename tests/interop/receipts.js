// Writes one receipt in every printer language of receiptio, with every option that changes the
// commands, as binary files named by language and option.
const fs = require('fs');
const path = require('path');
const receiptio = require('receiptio');

const [source, out] = process.argv.slice(2);
const markdown = fs.readFileSync(source, 'utf8');
const languages = [
    'escpos', 'epson', 'sii', 'citizen', 'fit', 'impact', 'impactb', 'generic',
    'star', 'starline', 'emustarline', 'stargraphic', 'starimpact', 'starimpact2', 'starimpact3'
];
const options = {
    plain: '', upside: '-u', saving: '-s', uncut: '-n', margin: '-m 2,2', narrow: '-c 32',
    landscape: '-v', fine: '-v -r 180', french: '-l fr', russian: '-l ru', japanese: '-l ja',
    korean: '-l ko', chinese: '-l zh-hans', thai: '-l th'
};

(async () => {
    for (const language of languages) {
        for (const [name, option] of Object.entries(options)) {
            if (language === 'sii' && option.startsWith('-v')) {
                continue; // receiptio 2.1.2 stumbles over its own bar codes there
            }
            const bytes = await receiptio.print(markdown, `-p ${language} ${option}`);
            fs.writeFileSync(path.join(out, `${language}-${name}.bin`), bytes, 'binary');
        }
    }
})();
