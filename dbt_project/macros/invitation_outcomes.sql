{# What became of an invitation, by AAPOR's Standard Definitions (2023): complete, partial, refused,
   no_contact, other, and unknown, which takes silence and every word nobody has mapped. Sources
   say it in words of their own. #}
{% macro invitation_outcome(outcome) -%}
    case
        when {{ plain_word(outcome) }} in (
            'answered', 'completelyresponded', 'completed', 'complete', 'surveyfinished',
            'finished', 'responded'
        ) then 'complete'
        when {{ plain_word(outcome) }} in (
            'partiallyresponded', 'surveypartiallyfinished', 'partial', 'partiallycompleted'
        ) then 'partial'
        when {{ plain_word(outcome) }} in (
            'optedout', 'unsubscribed', 'refused', 'declined', 'complaint', 'surveystarted',
            'started'
        ) then 'refused'
        when {{ plain_word(outcome) }} in (
            'bounced', 'hardbounce', 'softbounce', 'failed', 'failure', 'undelivered',
            'undeliverable'
        ) then 'no_contact'
        when {{ plain_word(outcome) }} in (
            'deleted', 'blocked', 'skipped', 'duplicate', 'surveyscreenedout', 'screenedout',
            'sessionexpired', 'other'
        ) then 'other'
        else 'unknown'
    end
{%- endmacro %}

{% macro plain_word(text) -%}
    regexp_replace(lower(coalesce({{ text }}, '')), '[^a-z]', '', 'g')
{%- endmacro %}
