namespace Exo.Tests.Engine.Models;

/// <summary>Which layers slide, by layer_types and by each family's own keys.</summary>
public sealed class HfWindowsTests
{
    [Theory]
    // Mistral: all layers; an absent key means 4096, an explicit null none.
    [InlineData("mistral", "4096,4096,4096,4096")]
    [InlineData("mistral", "4096,4096,4096,4096", "sliding_window", "-")]
    [InlineData("mistral", "-,-,-,-", "sliding_window", "null")]
    // Qwen2 and Qwen3: only where used, and only from max_window_layers on.
    [InlineData("qwen2", "-,-,-,-")]
    [InlineData("qwen2", "-,-,32768,32768", "use_sliding_window", "true", "max_window_layers", "2")]
    [InlineData("qwen2", "-,-,-,-", "use_sliding_window", "true", "max_window_layers", "-")]
    [InlineData("qwen2", "16,16,16,16", "use_sliding_window", "true", "max_window_layers", "0", "sliding_window", "16")]
    [InlineData("qwen2", "-,-,-,-", "use_sliding_window", "true", "max_window_layers", "0", "sliding_window", "null")]
    [InlineData("qwen2", "-,-,-,-", "max_window_layers", "0", "layer_types", """["sliding_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("qwen3", "8,-,8,-", "use_sliding_window", "true", "sliding_window", "8", "layer_types", """["sliding_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("qwen3_moe", "9,9,9,9", "use_sliding_window", "true", "sliding_window", "9")]
    // Gemma 2: every second one is full; Gemma 3: every sixth, or as the pattern or the types say.
    [InlineData("gemma2", "4096,-,4096,-")]
    [InlineData("gemma2", "4096,-,4096,-", "sliding_window_pattern", "3")]
    [InlineData("gemma2", "-,-,4096,-", "layer_types", """["full_attention","full_attention","sliding_attention","full_attention"]""")]
    [InlineData("gemma3_text", "512,512,512,512")]
    [InlineData("gemma3_text", "512,512,-,512", "sliding_window_pattern", "3")]
    [InlineData("gemma3_text", "-,-,-,-", "sliding_window_pattern", "1")]
    // Llama knows no window.
    [InlineData("llama", "-,-,-,-", "sliding_window", "16")]
    public void Read_Windows_AreThoseOfTransformers(string family, string expected, params string[] changes)
    {
        var keys = changes.Chunk(2).Select(pair => (pair[0], pair[1])).Append(("num_hidden_layers", "4")).ToArray();

        var spec = HfConfigs.Read(HfConfigs.All[family], keys);

        Assert.Equal(expected, string.Join(",", spec.Layers.Select(layer => layer.Attention.SlidingWindow?.ToString() ?? "-")));
    }
}
