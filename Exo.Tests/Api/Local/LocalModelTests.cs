using Exo.Api;
using Exo.Api.Local;

namespace Exo.Tests.Api.Local;

/// <summary>The service over the engine, on the reference models.</summary>
public sealed class LocalModelTests
{
    /// <summary>The reference summed in float32 in another order, over weights of bf16: the engine's own bar for F32 arithmetic.</summary>
    private const double Tolerance = 2e-3;

    [Theory]
    [MemberData(nameof(VectorModels.Names), MemberType = typeof(VectorModels))]
    public async Task Answer_PromptIds_AgreesWithLlamaCpp(string name)
    {
        var expected = VectorModels.Answers(name);
        await using var service = new LocalExoService();

        var events = await AllAsync(service.AnswerAsync(new AnswerRequest
        {
            Model = VectorModels.Folder(name),
            PromptIds = expected.Prompt,
            Sampling = new() { Temperature = 0 },
            MaxTokens = expected.Greedy.Length,
            TopLogprobs = 10,
        }, TestContext.Current.CancellationToken));

        var prompt = Assert.Single(events, answer => answer.PromptTopLogprobs is not null).PromptTopLogprobs!;
        Assert.Equal(expected.Prompt.Length, prompt.Count);
        for (var position = 0; position < prompt.Count; position++)
        {
            var ours = prompt[position].ToDictionary(token => token.Id, token => token.Logprob);
            // The tenth may be another one where it is as likely as the eleventh: those that both name are compared.
            Assert.All(expected.Top[position].Where(token => ours.ContainsKey(token.Id)), token => Assert.Equal(token.Logprob, ours[token.Id], Tolerance));
            Assert.True(expected.Top[position].Count(token => ours.ContainsKey(token.Id)) >= 9);
        }
        // The reference goes on behind a token that ends the text; an answer doesn't.
        var ids = events.SelectMany(answer => answer.Tokens).Select(token => token.Id).ToArray();
        Assert.Equal(events[^1].FinishReason == FinishReason.Stop ? expected.Greedy[..ids.Length] : expected.Greedy, ids);
        Assert.Equal((expected.Prompt.Length, ids.Length), (events[^1].Usage!.PromptTokens, events[^1].Usage!.CompletionTokens));
        Assert.Equal(expected.Prompt.Length, events[0].PromptTokens);
    }

    [Fact]
    public async Task Load_TwoAtOnce_LoadOneModel()
    {
        await using var service = new LocalExoService();
        var request = new LoadRequest { Model = VectorModels.Folder("llama-gqa") };

        var loads = await Task.WhenAll(AllAsync(service.LoadAsync(request)), AllAsync(service.LoadAsync(request)));

        Assert.Equal(loads[0][^1].Model!.LoadedAt, loads[1][^1].Model!.LoadedAt);
        Assert.Equal(2048, loads[0][^1].Model!.ContextLength);
        Assert.Single(await service.ListLoadedAsync(TestContext.Current.CancellationToken));
        Assert.True(await service.UnloadAsync(request.Model, TestContext.Current.CancellationToken));
        Assert.Empty(await service.ListLoadedAsync(TestContext.Current.CancellationToken));
        Assert.False(await service.UnloadAsync(request.Model, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Answer_Messages_GoThroughTheTemplate()
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = VectorModels.Folder("qwen2"), Messages = [new("user", "Hi")], MaxTokens = 4, Sampling = new() { Seed = 1 } };

        var chat = await AllAsync(service.AnswerAsync(request, TestContext.Current.CancellationToken));
        var raw = await AllAsync(service.AnswerAsync(request with { Messages = null, Text = "Hi" }, TestContext.Current.CancellationToken));

        Assert.True(chat[0].PromptTokens > raw[0].PromptTokens);
    }

    [Fact]
    public async Task Answer_ModelWithABrokenTemplate_NamesItAndTheWayAround()
    {
        using var folder = new TempFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "stories"))) File.Copy(file, folder.File(Path.GetFileName(file)));
        folder.Write("tokenizer_config.json", """{"chat_template":"{% if messages %}"}""");
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = folder.Path, Messages = [new("user", "Hi")], MaxTokens = 2 };

        var told = await Assert.ThrowsAsync<ExoException>(() => AllAsync(service.AnswerAsync(request)));
        var raw = await AllAsync(service.AnswerAsync(request with { Messages = null, Text = "Hi" }));

        Assert.Equal(ExoErrorKind.InvalidModel, told.Kind);
        Assert.StartsWith($"{folder.Path}: chat template, line 1:", told.Message);
        Assert.Contains("--raw", told.Message);
        Assert.NotNull(raw[^1].FinishReason);
    }

    [Fact]
    public async Task Answer_SameSeed_IsTheSameAnswer()
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = VectorModels.Folder("qwen3"), Text = "Once", MaxTokens = 20, Sampling = new() { Temperature = 1, Seed = 7 } };

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AllAsync(service.AnswerAsync(request))));

        Assert.Single(answers.Select(events => string.Join(',', events.SelectMany(answer => answer.Tokens).Select(token => token.Id))).Distinct());
        Assert.Equal(7ul, answers[0][^1].Usage!.Seed);
    }

    [Fact]
    public async Task Answer_Cancelled_EndsWithThatReason()
    {
        await using var service = new LocalExoService();
        using var stop = new CancellationTokenSource();
        var request = new AnswerRequest { Model = VectorModels.Folder("llama-gqa"), Text = "Once", Sampling = new() { Temperature = 1, Seed = 1 } };
        AnswerEvent? last = null;

        await foreach (var next in service.AnswerAsync(request, stop.Token))
        {
            last = next;
            if (next.Tokens.Count > 0) await stop.CancelAsync();
        }

        Assert.Equal(FinishReason.Cancelled, last!.FinishReason);
    }

    [Fact]
    public async Task Answer_PromptLongerThanTheContext_IsRefusedWithTheNumbers()
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = VectorModels.Folder("llama-gqa"), PromptIds = [.. Enumerable.Repeat(5, 100)], ContextLength = 64 };

        var failure = await Assert.ThrowsAsync<ExoException>(() => AllAsync(service.AnswerAsync(request)));

        Assert.Equal(ExoErrorKind.ContextFull, failure.Kind);
        Assert.Contains("100", failure.Message);
        Assert.Contains("64", failure.Message);
    }

    [Fact]
    public async Task Answer_EchoPrompt_TellsHowLikelyEachOfItsTokensWas()
    {
        await using var service = new LocalExoService();
        // More than a step computes at once, so that a token's successor lies in the next step.
        int[] ids = [.. Enumerable.Range(0, 600).Select(index => 1 + index * 37 % 500)];
        var request = new AnswerRequest { Model = VectorModels.Folder("llama-gqa"), PromptIds = ids, MaxTokens = 0, EchoPrompt = true, TokenBytes = true };

        var narrow = await AllAsync(service.AnswerAsync(request with { PromptTopLogprobs = 2 }, TestContext.Current.CancellationToken));
        var wide = await AllAsync(service.AnswerAsync(request with { PromptTopLogprobs = 512 }, TestContext.Current.CancellationToken));

        var told = Assert.Single(narrow, answer => answer.Prompt is not null);
        var all = Assert.Single(wide, answer => answer.PromptTopLogprobs is not null).PromptTopLogprobs!;
        Assert.Equal(ids, told.Prompt!.Select(token => token.Id));
        Assert.Null(told.Prompt![0].Logprob);
        Assert.All(Enumerable.Range(1, ids.Length - 1), position => Assert.Equal(all[position - 1].Single(token => token.Id == ids[position]).Logprob, told.Prompt[position].Logprob));
        Assert.All(told.PromptTopLogprobs!, position => Assert.Equal(2, position.Count));
        Assert.All(told.Prompt, token => Assert.NotNull(token.Bytes));
    }

    [Fact]
    public async Task Answer_LogitBias_ForcesAndBansTokens()
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = VectorModels.Folder("llama-gqa"), PromptIds = [5, 6, 7], MaxTokens = 4, Sampling = new() { Temperature = 0 } };

        var forced = await AllAsync(service.AnswerAsync(request with { LogitBias = new Dictionary<int, float> { [9] = 1000 } }, TestContext.Current.CancellationToken));
        var refused = await Assert.ThrowsAsync<ExoException>(() => AllAsync(service.AnswerAsync(request with { LogitBias = new Dictionary<int, float> { [512] = 1 } })));

        Assert.Equal([9, 9, 9, 9], forced.SelectMany(answer => answer.Tokens).Select(token => token.Id));
        Assert.Equal(ExoErrorKind.BadRequest, refused.Kind);
        Assert.Contains("512", refused.Message);
    }

    [Fact]
    public async Task Place_OneMachine_TakesTheModelOrRefusesWithTheSum()
    {
        await using var service = new LocalExoService();
        var request = new PlaceRequest { Model = VectorModels.Folder("llama-gqa"), ContextLength = 256 };

        var placed = await service.PlaceAsync(request, TestContext.Current.CancellationToken);
        var refused = await service.PlaceAsync(request with { Sequences = 1_000_000 }, TestContext.Current.CancellationToken);

        var shard = Assert.Single(placed.Shards);
        Assert.Equal((0, placed.LayerCount, placed.WeightByteCount, 0d), (shard.FirstLayer, shard.EndLayer, shard.WeightByteCount, shard.HopSeconds));
        Assert.Null(placed.Refusal);
        Assert.True(placed.SecondsPerToken > 0);
        Assert.Empty(refused.Shards);
        Assert.Contains("GiB", refused.Refusal);
        var tooLong = await Assert.ThrowsAsync<ExoException>(() => service.PlaceAsync(request with { ContextLength = 1_000_000 }));
        Assert.Equal(ExoErrorKind.BadRequest, tooLong.Kind);
        Assert.Contains("nothing to fetch", string.Concat(placed.Reasons));
    }

    [Fact]
    public async Task Place_Quantized_CountsTheWeightsAsTheyAreThen()
    {
        await using var service = new LocalExoService();
        var request = new PlaceRequest { Model = "stories", ContextLength = 256 };

        var stored = await service.PlaceAsync(request, TestContext.Current.CancellationToken);
        var quantized = await service.PlaceAsync(request with { Quantization = WeightQuantization.Q8 }, TestContext.Current.CancellationToken);

        Assert.InRange(quantized.WeightByteCount, stored.WeightByteCount * 0.65, stored.WeightByteCount * 0.7); // 8.5 bits a weight and 12.4
    }

    [Fact]
    public async Task State_NothingLoaded_TellsTheMachinesDevice()
    {
        await using var service = new LocalExoService();

        var node = Assert.Single((await service.GetStateAsync(TestContext.Current.CancellationToken)).Nodes);

        var device = Assert.Single(node.Devices);
        Assert.Equal(("cpu", NodeStatus.Active), (device.Name, node.Status));
        Assert.InRange(device.FreeByteCount, 1, device.TotalByteCount);
        Assert.InRange(device.ReadBytesPerSecond!.Value, 1e8, 1e13);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(512, 5)]
    [InlineData(-1, 5)]
    [InlineData(5, -5)]
    public async Task Answer_RequestThatCannotBe_IsTheCallersMistake(int id, int contextLength)
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = VectorModels.Folder("llama-gqa"), PromptIds = id == 0 ? [] : [id], ContextLength = contextLength };

        Assert.Equal(ExoErrorKind.BadRequest, (await Assert.ThrowsAsync<ExoException>(() => AllAsync(service.AnswerAsync(request)))).Kind);
    }

    [Fact]
    public async Task Load_ContextLongerThanTheModels_IsRefused()
    {
        await using var service = new LocalExoService();

        var failure = await Assert.ThrowsAsync<ExoException>(() => AllAsync(service.LoadAsync(new LoadRequest { Model = VectorModels.Folder("llama-gqa"), ContextLength = 1_000_000 })));

        Assert.Equal(ExoErrorKind.BadRequest, failure.Kind);
        Assert.DoesNotContain("Parameter", failure.Message);
    }

    [Fact]
    public async Task Show_Model_CountsItsBytes()
    {
        await using var service = new LocalExoService();

        var card = await service.ShowAsync(VectorModels.Folder("qwen3"), TestContext.Current.CancellationToken);

        Assert.Equal("qwen3", card.Architecture);
        Assert.Equal(card.ByteCount, card.Layers.Sum(layer => layer.ByteCount));
        Assert.Equal(card.ByteCount, card.DTypes.Sum(share => share.ByteCount));
        Assert.Equal(card.ParameterCount * 2, card.ByteCount);
    }

    [Fact]
    public async Task Tokenize_Text_IsWhatTheModelSees()
    {
        await using var service = new LocalExoService();

        var with = await service.TokenizeAsync(new TokenizeRequest { Model = VectorModels.Folder("llama-gqa"), Text = "Hello there" }, TestContext.Current.CancellationToken);
        var without = await service.TokenizeAsync(new TokenizeRequest { Model = VectorModels.Folder("llama-gqa"), Text = "Hello there", AddSpecialTokens = false }, TestContext.Current.CancellationToken);

        Assert.Equal("<|begin_of_text|>", with.Tokens[0].Piece);
        Assert.Equal(with.Tokens.Skip(1), without.Tokens);
        Assert.Equal("Hello there", string.Concat(without.Tokens.Select(token => token.Piece)));
    }

    private static async Task<List<T>> AllAsync<T>(IAsyncEnumerable<T> items)
    {
        var all = new List<T>();
        await foreach (var item in items) all.Add(item);
        return all;
    }
}
