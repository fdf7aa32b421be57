namespace Exo.Api;

/// <summary>
/// What makes sense only where the files and the cores are: measuring a model, writing it in another format. Implemented beside
/// <see cref="IExoService"/> by what answers in this process; failures are told the same way.
/// </summary>
public interface IWorkbench
{
    /// <summary>Measures how fast a model runs, row by row. The last item carries the whole report.</summary>
    IAsyncEnumerable<BenchmarkProgress> BenchmarkAsync(BenchmarkRequest request, CancellationToken cancellationToken = default);

    /// <summary>Writes a model as a GGUF file. The last item carries what was written; until then, and where it fails or is cancelled, there is no such file.</summary>
    IAsyncEnumerable<QuantizeProgress> QuantizeAsync(QuantizeRequest request, CancellationToken cancellationToken = default);
}
