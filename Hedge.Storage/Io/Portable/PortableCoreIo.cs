namespace Hedge.Storage.Io.Portable;

internal sealed class PortableCoreIo(CoreIoOptions options) : ICoreIo
{
    public IDiskQueue Disk => throw new NotSupportedException();
    public ITransport Transport => throw new NotSupportedException(options.ToString());
    public int Poll(ITransportHandler handler) => throw new NotSupportedException();
    public void Submit() => throw new NotSupportedException();
    public void Wait(long timeoutMicroseconds) => throw new NotSupportedException();
    public void Wake() => throw new NotSupportedException();
    public void Dispose() => throw new NotSupportedException();
}
