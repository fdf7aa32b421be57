namespace Exo.Api.Http;

/// <summary>What a server puts up with.</summary>
public sealed record HttpLimits
{
    /// <summary>Bytes of a request's body; default 16 MiB: a million token ids.</summary>
    public long BodyByteCount { get; init; } = 16 << 20;

    /// <summary>Answers being written or waiting at once, over all requests; more are told to come back. Default 256.</summary>
    public int Answers { get; init; } = 256;

    /// <summary>Answers that one request may ask for: prompts × n. Default 128.</summary>
    public int AnswersOfOneRequest { get; init; } = 128;

    /// <summary>How long an answer may take, its model's load included; default an hour.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromHours(1);

    /// <summary>After so long a silence a stream says that it is alive; default 10 seconds.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);
}
