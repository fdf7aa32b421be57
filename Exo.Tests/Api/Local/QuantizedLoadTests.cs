using Exo.Api;
using Exo.Api.Local;

namespace Exo.Tests.Api.Local;

/// <summary>The sample model with its weights quantized while they load.</summary>
public sealed class QuantizedLoadTests : IDisposable
{
    private const string Model = "stories", Beginning = "Once upon a time";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Shares of twelve bits and something a weight, which the sample model takes as it is.</summary>
    [Theory]
    [InlineData(WeightQuantization.Q8, 0.69)]
    [InlineData(WeightQuantization.Q4, 0.40)]
    public async Task Load_Quantized_TakesLessMemoryAndTellsStories(WeightQuantization quantization, double share)
    {
        await using var service = new LocalExoService();
        var request = new AnswerRequest { Model = Model, Text = Beginning, MaxTokens = 8, Sampling = new() { Temperature = 0 } };

        var plain = await AnswerAsync(service, request);
        var quantized = await AnswerAsync(service, request with { Quantization = quantization });

        Assert.StartsWith(", there was", plain);
        Assert.StartsWith(", there was", quantized);
        var loaded = await service.ListLoadedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, loaded.Count);
        Assert.InRange(loaded.Min(model => model.ByteCount) / (double)loaded.Max(model => model.ByteCount), share - 0.05, share);
    }

    [Fact]
    public async Task Load_QuantizedByTheServersOptions_IsQuantizedUnlessTheRequestSays()
    {
        await using var service = new LocalExoService(residency: new ResidencyOptions { Quantization = WeightQuantization.Q8 });

        var byDefault = await LoadAsync(service, new LoadRequest { Model = Model });
        var asked = await LoadAsync(service, new LoadRequest { Model = Model, Quantization = WeightQuantization.Q4 });

        Assert.InRange(byDefault.ByteCount, asked.ByteCount + 1, 5_000_000);
    }

    [Fact]
    public async Task Load_FileThatIsQuantizedAlready_IsRefusedWhereAskedAndLeftAloneWhereNot()
    {
        var path = _folder.File("s.gguf");
        await using var service = new LocalExoService(residency: new ResidencyOptions { Quantization = WeightQuantization.Q4 });
        await service.QuantizeAsync(new QuantizeRequest { Model = Model, Output = path, Type = "q8_0" }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.NotNull(await LoadAsync(service, new LoadRequest { Model = path }));
        var refusal = await Assert.ThrowsAsync<ExoException>(() => LoadAsync(service, new LoadRequest { Model = path, Quantization = WeightQuantization.Q8 }));

        Assert.Equal(ExoErrorKind.BadRequest, refusal.Kind);
        Assert.Contains("holds Q8_0 weights: there is nothing to quantize", refusal.Message);
    }

    private static async Task<LoadedModelInfo> LoadAsync(LocalExoService service, LoadRequest request)
    {
        var all = await service.LoadAsync(request, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var fractions = all.Select(progress => progress.Fraction).ToArray();
        Assert.Equal(fractions.Order(), fractions);
        return all[^1].Model!;
    }

    private static async Task<string> AnswerAsync(LocalExoService service, AnswerRequest request) =>
        string.Concat(await service.AnswerAsync(request, TestContext.Current.CancellationToken).Select(part => part.Text).ToListAsync(TestContext.Current.CancellationToken));
}
