using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Exo.Grains.Tests.Silo.Processes;

namespace Exo.Grains.Tests.Silo;

[Collection(SiloProcesses.Name)]
public sealed class AnswerTests
{
    private const int Streams = 8;

    private static readonly TimeSpan InTheEnd = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task State_OfTwoNodes_ShowsBothFromEither()
    {
        await using var machine = new SiloMachine();
        var silos = new[] { await machine.StartAsync("a"), await machine.StartAsync("b") };

        foreach (var silo in silos)
        {
            await Until.TrueAsync(
                $"/exo/state of {silo.Name} shows a and b",
                async cancellationToken => Names(await silo.Http.GetFromJsonAsync<JsonElement>("/exo/state", cancellationToken)).SequenceEqual(["a", "b"]),
                InTheEnd,
                () => silo.Log);
        }

        static IEnumerable<string> Names(JsonElement state) => state.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("name").GetString()!).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Terminate_TheNodeThatRunsTheModel_AnswersReadThroughAnotherGoOnToTheSameEnd()
    {
        await using var machine = new SiloMachine();
        var silos = new[] { await machine.StartAsync("a"), await machine.StartAsync("b") };
        foreach (var silo in silos) await silo.SeesAsync(InTheEnd, "a", "b");
        var undisturbed = await Task.WhenAll(Enumerable.Range(0, Streams).Select(seed => ReadAsync(silos[0], seed)));
        var runner = await RunnerAsync(silos);
        var reader = silos.Single(silo => silo != runner);

        var allBegun = new CountdownEvent(Streams);
        var answers = Enumerable.Range(0, Streams).Select(seed => ReadAsync(reader, seed, () => allBegun.Signal())).ToArray();
        Assert.True(allBegun.Wait(InTheEnd, TestContext.Current.CancellationToken), $"{allBegun.CurrentCount} of {Streams} answers never began{Environment.NewLine}{reader.Log}");
        runner.Terminate();

        Assert.Equal(undisturbed, await Task.WhenAll(answers));
        Assert.Equal(0, await runner.ExitAsync(InTheEnd));
        Assert.Contains("goes on elsewhere", reader.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_WatchedOnOneNode_TellOfAModelThatAnotherWasAskedFor()
    {
        await using var machine = new SiloMachine();
        var silos = new[] { await machine.StartAsync("a"), await machine.StartAsync("b") };
        foreach (var silo in silos) await silo.SeesAsync(InTheEnd, "a", "b");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(InTheEnd);
        await using var events = await silos[1].Http.GetStreamAsync("/exo/events", limit.Token);
        using var lines = new StreamReader(events);

        var answer = ReadAsync(silos[0], seed: 1);
        var told = new StringBuilder();
        while (await lines.ReadLineAsync(limit.Token) is { } line)
        {
            told.AppendLine(line);
            if (line.Contains("\"load:stories\"", StringComparison.Ordinal) && line.Contains("\"fraction\":1", StringComparison.Ordinal)) break;
        }

        Assert.Contains("load:stories", told.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(await answer);
    }

    /// <summary>An answer's whole text, read as a stream.</summary>
    private static async Task<string> ReadAsync(SiloProcess silo, int seed, Action? begun = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = JsonContent.Create(new { model = "stories", prompt = "Once upon a time", max_tokens = 600, temperature = 0.9, seed, stream = true }),
        };
        using var answer = await silo.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellationToken));
        var text = new StringBuilder();
        while (await lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal)) continue;
            var part = JsonDocument.Parse(line["data: ".Length..]).RootElement;
            Assert.False(part.TryGetProperty("error", out var error), $"{error}{Environment.NewLine}{silo.Log}");
            foreach (var choice in part.GetProperty("choices").EnumerateArray()) text.Append(choice.GetProperty("text").GetString());
            begun?.Invoke();
            begun = null;
        }
        return text.ToString();
    }

    private static async Task<SiloProcess> RunnerAsync(SiloProcess[] silos)
    {
        var state = await silos[0].Http.GetFromJsonAsync<JsonElement>("/exo/state", TestContext.Current.CancellationToken);
        var node = state.GetProperty("models")[0].GetProperty("shards")[0].GetProperty("node").GetString();
        return silos.Single(silo => silo.Name == node);
    }
}
