package keyring

// Parse reads the signed JSON, for the fuzz target.
var Parse = parse
