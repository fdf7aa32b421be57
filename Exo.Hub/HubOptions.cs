using System.Globalization;

namespace Exo.Hub;

/// <summary>How models are fetched and where they are kept. Made by <see cref="FromEnvironment"/>, changed with <c>with</c>.</summary>
public sealed record HubOptions
{
    /// <summary>The <see cref="Headroom"/> of a process that answers while it pulls.</summary>
    public const double BesideAnswers = 0.25;

    /// <summary>The hub. HF_ENDPOINT; https://huggingface.co otherwise. May carry a path prefix.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Other stores that speak the same protocol (<c>exo serve --mirror</c>), asked for bytes before the endpoint. Never sent the token.</summary>
    public IReadOnlyList<Uri> Peers { get; init; } = [];

    /// <summary>Sent to <see cref="Endpoint"/> as a bearer token; null for anonymous. HF_TOKEN, or the token file that <c>hf auth login</c> writes.</summary>
    public string? Token { get; init; }

    /// <summary>The store, in the Hugging Face cache layout. HF_HUB_CACHE; HF_HOME/hub otherwise.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>HF_HUB_OFFLINE: no request leaves this machine; what is in the store is used.</summary>
    public bool Offline { get; init; }

    /// <summary>The most connections that fetch bytes at one time, over all files and pulls. Default 64, which fills a 10 Gbit/s line that caps each connection; 1 to 256.</summary>
    public int MaxConnections { get; init; } = 64;

    /// <summary>
    /// Connections to begin with, which fill a home line: they are doubled while that makes the total grow, up to <see cref="MaxConnections"/>, and halved when a
    /// server asks for less. Default 8. As many as <see cref="MaxConnections"/> or more: that number, untuned.
    /// </summary>
    public int StartConnections { get; init; } = 8;

    /// <summary>The most connections on one file at one time. Default 64.</summary>
    public int MaxConnectionsPerFile { get; init; } = 64;

    /// <summary>Files that are open for fetching at one time. Default 8.</summary>
    public int MaxActiveFiles { get; init; } = 8;

    /// <summary>The largest range asked for at once, in bytes; what a killed connection loses at most. Default 8 MiB.</summary>
    public int RangeByteCount { get; init; } = 8 << 20;

    /// <summary>Memory for bytes that are written and not hashed yet, in bytes; what doesn't fit is read back from the disk. Default 256 MiB, less on small machines.</summary>
    public long HashWindowByteCount { get; init; } = Math.Min(256L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 32);

    /// <summary>All connections together, in bytes per second; null for as fast as it goes.</summary>
    public long? MaxBytesPerSecond { get; init; }

    /// <summary>
    /// What is left free of the machine's cores for whatever else runs there, as a share of what that takes: answers come late on full cores. Connections
    /// beyond <see cref="StartConnections"/> are opened and kept only while there is as much (seen on Linux alone). Default 0: as fast as it goes; servers and silos take <see cref="BesideAnswers"/>.
    /// </summary>
    public double Headroom { get; init; }

    /// <summary>A connection that brings no byte for this long is given up and its range asked for again. Default 20 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long connecting may take, name resolution and TLS included. Default 15 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A file that gets no byte for this long, whatever is tried, fails (its state is kept). Default 5 min.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The first wait after a failure; doubled for each further one, with jitter. Default 500 ms.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between tries that the server did not ask for. Default 20 s.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Tries of a small request (model facts, file lists) before it fails. Default 5.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Room left free on the disk, in bytes, beyond what the pull writes. EXO_DISK_MARGIN; 512 MiB otherwise.</summary>
    public long FreeSpaceMargin { get; init; } = 512L << 20;

    /// <summary>A file larger than this is refused as absurd, in bytes. Default 4 TiB.</summary>
    public long LargestFile { get; init; } = 4L << 40;

    /// <summary>Reads the variables that Python's huggingface_hub reads, with the same defaults, and EXO_DISK_MARGIN.</summary>
    /// <param name="variable">Gives a variable's value or null; the process's environment where left out.</param>
    /// <exception cref="HubException"><see cref="HubError.UnsafeName"/>: HF_ENDPOINT is no http(s) address, or EXO_DISK_MARGIN no size.</exception>
    public static HubOptions FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string? Value(string name) => variable(name) is { } text && text.Trim() is { Length: > 0 } trimmed ? trimmed : null;
        bool IsOn(string name) => Value(name)?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE";

        var home = ExpandHome(Value("HF_HOME") ?? Path.Combine(Value("XDG_CACHE_HOME") ?? Path.Combine(UserFolder(Value), ".cache"), "huggingface"), Value);
        var cache = ExpandHome(Value("HF_HUB_CACHE") ?? Value("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"), Value);
        var tokenFile = ExpandHome(Value("HF_TOKEN_PATH") ?? Path.Combine(home, "token"), Value);
        var token = Value("HF_TOKEN") ?? Value("HUGGING_FACE_HUB_TOKEN") ?? ReadToken(tokenFile);

        var options = new HubOptions
        {
            Endpoint = ReadEndpoint(Value("HF_ENDPOINT")),
            Token = IsOn("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null : token,
            CacheFolder = Path.GetFullPath(cache),
            Offline = IsOn("HF_HUB_OFFLINE") || IsOn("TRANSFORMERS_OFFLINE"),
        };
        return Value("EXO_DISK_MARGIN") is { } margin ? options with { FreeSpaceMargin = ReadMargin(margin) } : options;
    }

    /// <summary>Throws <see cref="ArgumentException"/> where a value makes no sense.</summary>
    internal HubOptions Checked()
    {
        if (string.IsNullOrWhiteSpace(CacheFolder)) throw new ArgumentException("HubOptions.CacheFolder is empty.");
        if (MaxConnections is < 1 or > 256) throw Wrong(nameof(MaxConnections), MaxConnections, "1 to 256");
        if (StartConnections < 1) throw Wrong(nameof(StartConnections), StartConnections, "1 or more");
        if (MaxConnectionsPerFile < 1) throw Wrong(nameof(MaxConnectionsPerFile), MaxConnectionsPerFile, "1 or more");
        if (MaxActiveFiles < 1) throw Wrong(nameof(MaxActiveFiles), MaxActiveFiles, "1 or more");
        if (RangeByteCount is < 4096 or > 256 << 20) throw Wrong(nameof(RangeByteCount), RangeByteCount, "4 KiB to 256 MiB");
        if (HashWindowByteCount < 0) throw Wrong(nameof(HashWindowByteCount), HashWindowByteCount, "0 or more");
        if (MaxBytesPerSecond is < 1024) throw Wrong(nameof(MaxBytesPerSecond), MaxBytesPerSecond.Value, "1024 bytes per second or more");
        if (Headroom is not (>= 0 and <= 1)) throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"HubOptions.Headroom is {Headroom}; it may be 0 to 1."));
        if (FreeSpaceMargin < 0) throw Wrong(nameof(FreeSpaceMargin), FreeSpaceMargin, "0 or more");
        if (MaxAttempts < 1) throw Wrong(nameof(MaxAttempts), MaxAttempts, "1 or more");
        if (StallTimeout <= TimeSpan.Zero || ConnectTimeout <= TimeSpan.Zero || Patience <= TimeSpan.Zero) throw new ArgumentException("HubOptions: time-outs are above zero.");
        return this;
    }

    private static ArgumentException Wrong(string name, long value, string allowed) =>
        new(string.Create(CultureInfo.InvariantCulture, $"HubOptions.{name} is {value}; it may be {allowed}."));

    private static Uri ReadEndpoint(string? text)
    {
        if (text is null) return new Uri("https://huggingface.co");
        return Uri.TryCreate(text, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? endpoint!
            : throw new HubException(HubError.UnsafeName, $"HF_ENDPOINT is '{text}', which is no http or https address. Set it to one such as http://mirror:52415, or unset it.");
    }

    private static long ReadMargin(string text) => SizeText.TryParse(text, out var byteCount) && byteCount is >= 0 and < long.MaxValue
        ? (long)byteCount
        : throw new HubException(HubError.UnsafeName, $"EXO_DISK_MARGIN is '{text}', which is no size. Set it to bytes to leave free on the disk, such as 0, 100M or 2G, or unset it for 512M.");

    private static string? ReadToken(string file)
    {
        try
        {
            return File.Exists(file) && File.ReadAllText(file).Trim() is { Length: > 0 } token ? token : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null; // A token that cannot be read is no token; the hub says so where one is needed.
        }
    }

    private static string UserFolder(Func<string, string?> variable) =>
        variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    private static string ExpandHome(string path, Func<string, string?> variable) =>
        path is "~" || path.StartsWith("~/", StringComparison.Ordinal) ? Path.Join(UserFolder(variable), path[1..]) : path;
}
