using System.Text.Json;
using Exo.Api;

namespace Exo.Tests.Client.Cluster;

/// <summary>Commands that speak to a server, and those that tell of machines.</summary>
public sealed class ServerCommandTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData("box", null, "http://box:52415/")]
    [InlineData(null, "box:9", "http://box:9/")]
    [InlineData("left:1", "right:2", "http://left:1/")]
    [InlineData(null, "", null)]
    public async Task Host_OptionThenEnvironment_SaysWhoAnswers(string? option, string? variable, string? expected)
    {
        var run = new ExoRun();
        run.Environment["EXO_API_KEY"] = "secret";
        if (variable is not null) run.Environment["EXO_HOST"] = variable;

        var exitCode = await run.RunAsync(option is null ? ["list"] : ["list", "--host", option]);

        Assert.Equal((0, expected), (exitCode, run.Place!.Server?.Url.AbsoluteUri));
        if (expected is not null) Assert.Equal("secret", run.Place.Server!.ApiKey);
    }

    [Fact]
    public async Task Host_BeforeTheCommand_CountsToo()
    {
        var run = new ExoRun();

        await run.RunAsync("--host", "box", "run", "m", "Hi");

        Assert.Equal("http://box:52415/", run.Place!.Server!.Url.AbsoluteUri);
        Assert.Equal("Hello, you.\n", run.Output);
    }

    [Fact]
    public async Task Host_NoAddress_IsUsage()
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync("list", "--host", "ftp://x"));
        Assert.Contains("ftp://x", run.Errors);
    }

    [Fact]
    public async Task Serve_WithHost_IsRefused()
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync("serve", "--host", "box"));
        Assert.Contains("--host has no place", run.Errors);
    }

    [Theory]
    [InlineData("--keep-alive", "soon")]
    [InlineData("--memory-limit", "much")]
    [InlineData("--port", "70000")]
    public async Task Serve_ValueThatIsNone_IsUsage(string option, string value)
    {
        var run = new ExoRun();

        Assert.Equal(2, await run.RunAsync("serve", option, value));
        Assert.Contains(value, run.Errors);
    }

    [Fact]
    public async Task Ps_NoHost_AsksTheServerOfThisMachine()
    {
        var run = new ExoRun();

        Assert.Equal(0, await run.RunAsync("ps"));
        Assert.Equal("http://127.0.0.1:52415/", run.Place!.Server!.Url.AbsoluteUri);
        Assert.Equal(["NAME     SIZE  DEVICE  CONTEXT  ANSWERS  STAYS", "m     1.0 MiB  cpu       2,048        0  until stopped"], run.Output.TrimEnd().Split('\n'));
        Assert.True(run.Service.IsDisposed);
    }

    [Fact]
    public async Task Stop_Model_SaysSo()
    {
        var run = new ExoRun();
        var json = new ExoRun();

        Assert.Equal(0, await run.RunAsync("stop", "m"));
        Assert.Equal("Unloaded m.\n", run.Output);
        await json.RunAsync("unload", "m", "--json");
        Assert.True(JsonDocument.Parse(json.Output).RootElement.GetProperty("was_loaded").GetBoolean());
    }

    [Fact]
    public async Task Nodes_OfACluster_TellDevicesMemoryAndWhatTheyHold()
    {
        var run = new ExoRun();
        run.Service.Nodes =
        [
            new NodeState
            {
                Name = "one", Cores = 2, MemoryByteCount = 8L << 30, UsedMemoryByteCount = 1, PeakMemoryByteCount = 1, Address = "one:1",
                Devices = [new() { Name = "cpu", TotalByteCount = 8L << 30, FreeByteCount = 6L << 30, ReadBytesPerSecond = 20e9 }, new() { Name = "cuda:0", TotalByteCount = 80L << 30, FreeByteCount = 79L << 30 }],
                Links = [new("two", 0.00021, 1e9)],
                Shards = [new("org/name", "one", "cpu", 0, 16, 1, 1)],
                Held = [new("org/name", 1), new("org/part", 1, Complete: false, 4, 8)],
            },
            new NodeState { Name = "two", Cores = 2, MemoryByteCount = 8L << 30, UsedMemoryByteCount = 1L << 30, PeakMemoryByteCount = 1, Status = NodeStatus.Suspected },
        ];

        Assert.Equal(0, await run.RunAsync("nodes"));

        var lines = run.Output.Split('\n');
        Assert.Matches(@"^one +active +cpu +6\.0 GiB +8\.0 GiB +18\.6 GiB/s +org/name 0–15 +org/name, org/part 4–7 \(in part\)$", lines[1]);
        Assert.Matches(@"^ +cuda:0 +79\.0 GiB +80\.0 GiB$", lines[2]);
        Assert.Matches(@"^two +suspected +– +7\.0 GiB +8\.0 GiB$", lines[3]);
        Assert.Matches(@"^one +two +0\.21 ms +954 MiB/s$", lines[6]);
    }

    [Fact]
    public async Task Place_Model_ShowsShardsTimesAndReasons()
    {
        var run = new ExoRun();
        run.Service.Placement = run.Service.Placement with
        {
            SecondsPerToken = 0.004,
            Reasons = ["two machines are faster than one"],
            LeftOut = [new("three", "is slower")],
            Shards =
            [
                new() { Node = "one", Device = "cpu", FirstLayer = 0, EndLayer = 1, WeightByteCount = 1 << 20, KvByteCount = 1 << 10, FreeByteCount = 1 << 30, ComputeSeconds = 0.002, HopSeconds = 0.0005 },
                new() { Node = "two", Device = "cpu", FirstLayer = 1, EndLayer = 2, WeightByteCount = 1 << 20, KvByteCount = 1 << 10, FreeByteCount = 1 << 30, ComputeSeconds = 0.001, HopSeconds = 0.0005 },
            ],
        };

        Assert.Equal(0, await run.RunAsync("place", "org/name", "--context", "100", "--quant", "q4"));

        Assert.StartsWith("org/name: 2 layers, 1.0 MiB of weights, 64.0 KiB for keys and values of 2,048 tokens\n", run.Output);
        Assert.Matches(@"(?m)^two +cpu +1 +1\.0 MiB +1\.0 KiB +1\.0 GiB +1\.00 ms +0\.50 ms$", run.Output);
        Assert.Contains("4.00 ms a token expected, 250 tokens/s\n- two machines are faster than one\n- without three: is slower\n", run.Output);
        Assert.Equal((100, WeightQuantization.Q4), (run.Service.Placed!.ContextLength, run.Service.Placed.Quantization));
    }

    [Fact]
    public async Task Place_ThatDoesNotFit_FailsWithTheSums()
    {
        var run = new ExoRun();
        run.Service.Placement = run.Service.Placement with { Refusal = "9 MiB are needed, 8 MiB are free" };

        Assert.Equal(1, await run.RunAsync("place", "m", "--json"));

        Assert.Equal("9 MiB are needed, 8 MiB are free", JsonDocument.Parse(run.Output).RootElement.GetProperty("refusal").GetString());
        Assert.Equal("exo: m can't be placed: 9 MiB are needed, 8 MiB are free\n", run.Errors);
    }
}
