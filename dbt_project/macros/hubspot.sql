{# HubSpot writes a time as ISO text or as milliseconds since 1970; null where it is neither. #}
{% macro hubspot_moment(value) -%}
    coalesce(
        -- Casts are tried, and bounds put inside, because both branches of a case are evaluated.
        to_timestamp(
            case
                when try_cast({{ value }} as double) between 0 and 1e14
                    then try_cast({{ value }} as double) / 1000
            end
        ),
        {{ moment_or_null(value) }}
    )
{%- endmacro %}

{# The day of a date property: the day itself, or midnight in UTC of it. #}
{% macro hubspot_day(value) -%}
    coalesce(
        try_cast({{ value }} as date),
        cast({{ hubspot_moment(value) }} at time zone 'UTC' as date)
    )
{%- endmacro %}

{# The value of the property that the options name for a meaning, of a company or a contact;
   `meanings` is a row of the properties by meaning. #}
{% macro hubspot_meaning(meaning) -%}
    {{ text_or_null(
        "json_extract_string(landed.payload, '$.properties.\"' || meanings." ~ meaning ~ " || '\"')"
    ) }}
{%- endmacro %}

{# The properties that hold what a customer is, a row for each source. #}
{% macro hubspot_meanings(object_type) -%}
    select
        source,
        {% for meaning in ['external_id', 'account_value', 'churned_on', 'joined_on', 'segment'] -%}
            max(property) filter (where meaning = '{{ meaning }}') as {{ meaning }},
        {% endfor %}
    from {{ ref('stg_hubspot__properties') }}
    where object_type = '{{ object_type }}'
    group by source
{%- endmacro %}
