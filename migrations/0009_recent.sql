-- What an organizer has done of late is counted with each of their mails.
create index audit_person on audit (person_id, at);
