"""When the alerts of many companies are one event."""

from pydantic import BaseModel, ConfigDict, Field


class GroupRule(BaseModel):
    """When alerts are put together; each field is the setting `PETREL_GROUPING_<NAME>`."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, hide_input_in_errors=True)

    size: int = Field(
        default=5,
        ge=2,
        # So many openings are remembered at most.
        le=1_000,
        description="number of companies whose alerts, opened within the span, are one group alert",
    )
    span: int = Field(
        default=15,
        ge=1,
        # A day, the slowest that may still be called at once.
        le=1_440,
        description="minutes within which the alerts of a group open",
    )
