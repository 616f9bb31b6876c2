/** Documentation as text, as webpack loads it. */
module.exports = { process: (text) => ({ code: `module.exports = ${JSON.stringify(text)};` }) };
