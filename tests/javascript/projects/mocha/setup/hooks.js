exports.mochaHooks = { beforeEach() { this.hooked = true; } };
