using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Exo.Grains.Tests.Silo.Processes;

/// <summary>A real silo: the program exo-silo, as people start it.</summary>
internal sealed partial class SiloProcess : IAsyncDisposable
{
    /// <summary>Two cores that also build, test and compute start a silo in some seconds.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly BoundedProcess _process;

    private SiloProcess(BoundedProcess process) => _process = process;

    public BoundedProcess Process => _process;

    public string Log => _process.Log;

    /// <summary>What it calls itself, as its start-up line says.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The API.</summary>
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Starts a silo and returns at once.</summary>
    /// <param name="home">The folder that silos of one machine share.</param>
    /// <param name="options">As on its command line.</param>
    /// <param name="environment">Variables to set; null takes one away.</param>
    /// <param name="longestLife">When it is killed, come what may.</param>
    public static SiloProcess Begin(string home, IEnumerable<string> options, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? longestLife = null)
    {
        // Nothing of the machine's own settings may reach a test's silo.
        var variables = Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("EXO_", StringComparison.Ordinal)).ToDictionary(name => name, string? (_) => null);
        variables["EXO_HOME"] = home;
        variables["HF_HOME"] = Path.Combine(home, "hf");
        variables["HF_HUB_OFFLINE"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>()) variables[name] = value;
        return new SiloProcess(BoundedProcess.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "exo-silo.dll"), .. options], home, variables, longestLife));
    }

    /// <summary>Returns once the silo says that it is up.</summary>
    /// <exception cref="TimeoutException">It never did, or ended before; the message holds its log.</exception>
    public async Task<SiloProcess> UpAsync()
    {
        await Until.TrueAsync("the silo's start-up line", _ => Task.FromResult(_process.HasExited || Summary().IsMatch(Log)), StartTimeout, () => Log);
        var summary = Summary().Match(Log);
        if (!summary.Success) throw new TimeoutException($"the silo ended before it was up:{Environment.NewLine}{Log}");
        Name = summary.Groups["name"].Value;
        Http.BaseAddress = new Uri(summary.Groups["api"].Value);
        return this;
    }

    /// <summary>The names of the nodes that it takes for members in good standing.</summary>
    public async Task<string[]> MembersAsync(CancellationToken cancellationToken)
    {
        var answer = await Http.GetFromJsonAsync<JsonElement>("/exo/members", cancellationToken);
        return [.. answer.GetProperty("nodes").EnumerateArray().Where(node => node.GetProperty("status").GetString() == "Active").Select(node => node.GetProperty("name").GetString()!)];
    }

    /// <summary>Waits until it sees exactly these, and says how long that took.</summary>
    public Task<TimeSpan> SeesAsync(TimeSpan limit, params string[] names) => Until.TrueAsync(
        $"{Name} sees {string.Join(", ", names)} and nobody else",
        async cancellationToken => (await MembersAsync(cancellationToken)).Order(StringComparer.Ordinal).SequenceEqual(names.Order(StringComparer.Ordinal)),
        limit,
        () => Log);

    /// <summary>Waits until it has written a text.</summary>
    public Task<TimeSpan> SaysAsync(string text, TimeSpan limit) => Until.TrueAsync($"{Name} says '{text}'", _ => Task.FromResult(Log.Contains(text, StringComparison.Ordinal)), limit, () => Log);

    public void Kill() => _process.Send(Signals.Kill);

    public void Freeze() => _process.Send(Signals.Stop);

    public void Thaw() => _process.Send(Signals.Continue);

    public void Terminate() => _process.Send(Signals.Terminate);

    /// <inheritdoc cref="BoundedProcess.ExitAsync"/>
    public Task<int> ExitAsync(TimeSpan? limit = null) => _process.ExitAsync(limit ?? StartTimeout);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    [GeneratedRegex(@"node (?<name>\S+) is up: .*; API (?<api>http://\S+);")]
    private static partial Regex Summary();
}
