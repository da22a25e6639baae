-- One gathering may be set otherwise than its community.

alter table gathering
    add column language text check (language in ('en', 'nb', 'nn')), -- its guests are written to in it who have chosen none; null: the community's
    add column calendar text check (calendar in ('invitation', 'confirmation', 'never')); -- which mail carries its event; null: as in the community

-- The acts of the last days are told in full, and letters ask for all that they tell today.
update errand
   set acts = (select jsonb_agg(
                   case act ->> 'act' when 'new' then '{"particulars": [], "invited_below": false}' else '{}'::jsonb end
                   || act
                   || case when act ? 'waves'
                           then jsonb_build_object('waves', (select coalesce(jsonb_agg('{"keeps_free": false}' || wave), '[]')
                                                               from jsonb_array_elements(act -> 'waves') as wave))
                           else '{}'::jsonb end
                   order by at)
                 from jsonb_array_elements(acts) with ordinality as every (act, at))
 where acts <> '[]';
