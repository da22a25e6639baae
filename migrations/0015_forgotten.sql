-- Mail that is forgotten as soon as it has been handled, and strangers who wait for a word.

alter table inbox
    add column forget  boolean not null default false;    -- emptied as soon as it is handled: its author, or one whom it names, has been erased

alter table request drop constraint request_kind_check;
alter table request add constraint request_kind_check
    check (kind in ('data', 'erase', 'share', 'hand-over', 'let-in'));
comment on column request.person_id is 'who asked, or in whose name, or whose invitation a stranger has';
