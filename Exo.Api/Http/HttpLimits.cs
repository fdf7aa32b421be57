using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Exo.Api.Http;

/// <summary>What a server puts up with.</summary>
public sealed record HttpLimits
{
    private static readonly TimeSpan ReaderGrace = TimeSpan.FromSeconds(5);

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

    /// <summary>A caller who takes less than this of what waits for it is given up; default 2048 bytes a second.</summary>
    public int SlowestReaderBytesPerSecond { get; init; } = 2048;

    /// <summary>Sets what the web server itself watches over.</summary>
    public void ApplyTo(KestrelServerLimits limits)
    {
        limits.MaxRequestBodySize = BodyByteCount;
        // Kestrel gives a reader the time that all which was written takes at this rate: at its own 240 bytes a second that is minutes.
        limits.MinResponseDataRate = new MinDataRate(SlowestReaderBytesPerSecond, ReaderGrace);
    }
}
