-- What was asked for, beside what was done: how a command was written goes with its mail, how it was
-- read stays.

alter table audit
    add column command      text;                          -- the command as it was read: verb, keys, days and numbers; no names, no words
