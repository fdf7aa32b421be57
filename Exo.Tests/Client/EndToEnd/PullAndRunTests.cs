using Exo.Api.Local;
using Exo.Client.Commands;
using Exo.Tests.Api.Local;
using Exo.Tests.Hub;
using Exo.Tests.Hub.Server;

namespace Exo.Tests.Client.EndToEnd;

/// <summary>`exo run org/name` on a machine that has never heard of it, from a hub in this process.</summary>
public sealed class PullAndRunTests
{
    private const string Repo = "org/model";

    [Fact]
    public async Task Run_ModelOnTheHub_IsFetchedOnceAndAnswers()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, [.. Directory.EnumerateFiles(VectorModels.Folder("qwen2")).Select(Served)]);
        using var room = new HubRoom(hub);

        var first = await RunAsync(room, "run", Repo, "--prompt-ids", "5,6", "--max-tokens", "3", "--temperature", "0");
        var requests = hub.Ledger.Requests.Count;
        var second = await RunAsync(room, "run", Repo, "--prompt-ids", "5,6", "--max-tokens", "3", "--temperature", "0");

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal(second.Output, first.Output);
        Assert.NotEqual("", first.Output);
        Assert.Contains("org/model: 5 files", first.Errors);
        Assert.Equal("", second.Errors);
        Assert.Equal(requests, hub.Ledger.Requests.Count);
    }

    [Fact]
    public async Task Pull_ListVerifyRemove_AgreeWithEachOther()
    {
        await using var hub = await HubServer.StartAsync();
        hub.Add(Repo, [.. Directory.EnumerateFiles(VectorModels.Folder("qwen2")).Select(Served)]);
        using var room = new HubRoom(hub);

        var pull = await RunAsync(room, "pull", Repo);
        var list = await RunAsync(room, "list");
        var verify = await RunAsync(room, "verify", Repo);
        var remove = await RunAsync(room, "rm", Repo);
        var gone = await RunAsync(room, "verify", Repo);

        Assert.Equal((0, 0, 0, 0, 3), (pull.ExitCode, list.ExitCode, verify.ExitCode, remove.ExitCode, gone.ExitCode));
        Assert.StartsWith(room.Folder, pull.Output);
        Assert.Contains("org/model", list.Output);
        Assert.Contains("all as they should be", verify.Output);
        Assert.StartsWith("exo: org/model is not in the store", gone.Errors);
    }

    [Fact]
    public async Task Run_HubOutOfReach_IsOneLineAndExitCode4()
    {
        using var room = new HubRoom("http://127.0.0.1:9", options => options with { MaxAttempts = 1 });

        var result = await RunAsync(room, "run", Repo, "Hi");

        Assert.Equal((4, ""), (result.ExitCode, result.Output));
        Assert.StartsWith("exo: ", result.Errors);
        Assert.Equal(1, result.Errors.Count(character => character == '\n'));
    }

    private static ServedFile Served(string path) => new(Path.GetFileName(path), new BytesContent(File.ReadAllBytes(path))) { IsLfs = path.EndsWith(".safetensors", StringComparison.Ordinal) };

    private static async Task<ExoProcess.Result> RunAsync(HubRoom room, params string[] arguments)
    {
        var console = new FakeConsole();
        var exitCode = await ExoCommandLine.RunAsync(arguments, console, _ => new LocalExoService(Path.Combine(room.Folder, "samples"), room.Options)).WaitAsync(TimeSpan.FromSeconds(60));
        return new ExoProcess.Result(exitCode, console.Output.ToString(), console.Errors.ToString());
    }
}
