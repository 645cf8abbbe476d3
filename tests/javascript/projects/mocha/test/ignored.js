throw new Error('this file is ignored by the configuration');
