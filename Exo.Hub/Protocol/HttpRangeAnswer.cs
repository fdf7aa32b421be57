using Exo.Hub.Transfer;

namespace Exo.Hub.Protocol;

/// <summary>An open HTTP body, read on the thread that asks. Disposing it while another thread reads closes the socket, which is how a stall ends.</summary>
internal sealed class HttpRangeAnswer(Exchanged answer) : RangeAnswer
{
    private readonly Stream _body = answer.Response.Content.ReadAsStream();

    public override int Read(Span<byte> destination)
    {
        try
        {
            return _body.Read(destination);
        }
        catch (Exception broken) when (broken is HttpRequestException or HttpIOException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException($"The connection to {answer.Address.Host} broke: {broken.GetBaseException().Message}", broken);
        }
    }

    public override void Abort() => answer.Dispose();

    public override void Dispose() => answer.Dispose();
}
