-- A preview that waits for its yes is compared with all that is shown today: what 0019 has added to
-- the acts that are told is added to those that are shown.

update proposal
   set shown = shown || jsonb_build_object('acts',
           (select jsonb_agg(
                   case act ->> 'act'
                       when 'new' then jsonb_build_object('particulars', '[]'::jsonb, 'invited_below', invites)
                       else '{}'::jsonb end
                   || act
                   || case when act ? 'waves'
                           then jsonb_build_object('waves', (select coalesce(jsonb_agg('{"keeps_free": false}' || wave order by place), '[]')
                                                               from jsonb_array_elements(act -> 'waves') with ordinality as every (wave, place)))
                           else '{}'::jsonb end
                   order by at)
              from jsonb_array_elements(shown -> 'acts') with ordinality as every (act, at),
                   (select coalesce(bool_or(one ->> 'act' in ('invite', 'waves')), false) as invites
                      from jsonb_array_elements(shown -> 'acts') as one) as below))
 where settled_at is null and jsonb_array_length(shown -> 'acts') > 0;
