using Exo.Api;
using Exo.Api.Local;
using Exo.Engine.Models;

namespace Exo.Tests.Api.Local;

public sealed class SamplingRecipeTests
{
    [Fact]
    public void Of_ModelWithoutRecipe_IsExos()
    {
        var recipe = SamplingRecipe.Of(new GenerationDefaults());

        Assert.Equal((0.8f, 0, 0.95f, 0.05f), (recipe.Temperature, recipe.TopK, recipe.TopP, recipe.MinP));
    }

    [Fact]
    public void Of_ModelWithRecipe_LeavesTheRestOff()
    {
        var recipe = SamplingRecipe.Of(new GenerationDefaults { Temperature = 0.6f, TopK = 20, RepetitionPenalty = 1.1f });

        Assert.Equal((0.6f, 20, 1f, 0f, 1.1f), (recipe.Temperature, recipe.TopK, recipe.TopP, recipe.MinP, recipe.RepeatPenalty));
    }

    [Fact]
    public void Of_ModelThatWantsNoSampling_IsGreedy() =>
        Assert.Equal(0, SamplingRecipe.Of(new GenerationDefaults { DoSample = false, Temperature = 0.7f, TopP = 0.5f }).Temperature);

    [Fact]
    public void Apply_Request_WinsOverTheRecipe()
    {
        var options = SamplingRecipe.Apply(new SamplingSettings { Temperature = 0, TopP = 0.5f, Seed = 7 }, SamplingRecipe.Of(new GenerationDefaults { TopK = 20 }));

        Assert.Equal((0f, 20, 0.5f, 7ul), (options.Temperature, options.TopK, options.TopP, options.Seed));
    }

    [Fact]
    public void Apply_NoSeed_DrawsOne()
    {
        var recipe = SamplingRecipe.Of(new GenerationDefaults());

        var seeds = Enumerable.Range(0, 8).Select(_ => SamplingRecipe.Apply(new SamplingSettings(), recipe).Seed);

        Assert.True(seeds.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(-1f)]
    [InlineData(float.PositiveInfinity)]
    public void Apply_ValueOutOfRange_IsTheCallersMistake(float temperature) =>
        Assert.Equal(ExoErrorKind.BadRequest, Assert.Throws<ExoException>(() => SamplingRecipe.Apply(new SamplingSettings { Temperature = temperature }, SamplingRecipe.Of(new GenerationDefaults()))).Kind);
}
