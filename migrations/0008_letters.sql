-- Nynorsk, for communities and for their members.

alter table community drop constraint community_language_check;
alter table community add constraint community_language_check check (language in ('en', 'nb', 'nn'));
comment on column community.language is 'letters are written in it, unless the reader has one of their own';

alter table person drop constraint person_language_check;
alter table person add constraint person_language_check check (language in ('en', 'nb', 'nn'));
comment on column person.language is 'null: the community''s';
