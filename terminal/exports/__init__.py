"""Files for the accounts and the authorities, made from closures and sales: pure, read by nobody
here.  ``docs/exports.md`` says what each file is."""
