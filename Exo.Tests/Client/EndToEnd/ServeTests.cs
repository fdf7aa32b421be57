using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>`exo serve` and consoles that ask it, as processes.</summary>
public sealed class ServeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private const string Beginning = "Once upon a time";

    [Fact]
    public async Task Serve_AskedByAConsole_AnswersAsTheConsoleItself()
    {
        await using var server = await Server.StartAsync();

        var there = await ExoProcess.RunAsync(["run", "stories", Beginning, "--seed", "7", "--host", server.Address]);
        var here = await ExoProcess.RunAsync(["run", "stories", Beginning, "--seed", "7"]);
        var loaded = await ExoProcess.RunAsync(["ps", "--host", server.Address]);
        var stopped = await ExoProcess.RunAsync(["stop", "stories", "--host", server.Address]);

        Assert.Equal(("", 0), (there.Errors, there.ExitCode));
        Assert.Equal(here.Output, there.Output);
        Assert.Contains("stories", loaded.Output);
        Assert.Equal("Unloaded stories.\n", stopped.Output);
    }

    [Fact]
    public async Task Serve_PortTaken_SaysWhatToDo()
    {
        await using var server = await Server.StartAsync();

        var second = await ExoProcess.RunAsync(["serve", "--port", new Uri(server.Address).Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);

        Assert.Equal((1, ""), (second.ExitCode, second.Output));
        Assert.Contains("--port", second.Errors);
        Assert.Single(second.Errors.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Serve_Terminated_WritesTheRunningAnswerFirst()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a process can't be sent SIGTERM there");
        await using var server = await Server.StartAsync();
        var url = new Uri(server.Address);
        using var caller = new TcpClient();
        await caller.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        const string Question = """{"model":"stories","prompt":"Once","max_tokens":300,"logit_bias":{"0":-100},"seed":1,"stream":true}""";
        await caller.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {Question.Length}\r\n\r\n{Question}"), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(caller.GetStream());
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience) is { } line && !line.Contains("\"text\"", StringComparison.Ordinal))
        {
            // To the first token.
        }

        server.Terminate();

        Assert.Contains("data: [DONE]", await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience));
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task Serve_WithMirror_IsAHubForOtherMachines()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var here = new HubRoom(hub);
        await here.PullAsync();
        await using var server = await Server.StartAsync($"HF_HUB_CACHE={here.Options.CacheFolder}", "--mirror");
        using var there = new HubRoom(server.Address);

        var pull = await ExoProcess.ShellAsync($"HF_HUB_OFFLINE=0 HF_HOME='{there.Folder}' HF_ENDPOINT={server.Address} $EXO pull {HubServerFixture.Repo}");

        Assert.True(pull.ExitCode == 0, pull.Errors);
        Assert.StartsWith(there.Folder, pull.Output);
        Assert.NotNull(there.Cache.Find(HubRoom.Model));
    }

    [Fact]
    public async Task Serve_WithoutMirror_ServesNoFiles()
    {
        await using var hub = await HubServerFixture.StartAsync();
        using var here = new HubRoom(hub);
        await here.PullAsync();
        await using var server = await Server.StartAsync($"HF_HUB_CACHE={here.Options.CacheFolder}");
        using var client = new HttpClient();

        var answer = await client.GetAsync($"{server.Address}/{HubServerFixture.Repo}/resolve/main/config.json", TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
    }

    /// <summary>A server on a free port that is ended with the test.</summary>
    private sealed class Server : IAsyncDisposable
    {
        private readonly Process _process;

        private Server(Process process, string address) => (_process, Address) = (process, address);

        public string Address { get; }

        /// <param name="variable">NAME=VALUE of the environment; null for none.</param>
        /// <param name="options">Further ones of `exo serve`.</param>
        public static async Task<Server> StartAsync(string? variable = null, params string[] options)
        {
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "exo.dll"), "serve", "--port", "0", .. options]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
            start.Environment["HF_HUB_OFFLINE"] = "1";
            start.Environment.Remove("EXO_API_KEY");
            if (variable?.Split('=', 2) is [var name, var value]) start.Environment[name] = value;
            var process = Process.Start(start)!;
            var said = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
            var address = said!.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal));
            return new Server(process, address);
        }

        public void Terminate() => Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

        public async Task<int> ExitAsync()
        {
            await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
            return _process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!_process.HasExited) _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
