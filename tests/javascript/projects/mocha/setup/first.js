global.first = true;
