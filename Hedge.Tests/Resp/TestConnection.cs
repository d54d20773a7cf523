using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Hedge.Resp.Clients;

namespace Hedge.Tests.Resp;

/// <summary>
/// A client's connection, as bare as tests want it: bytes or requests out, replies in. One test at a time.
/// </summary>
public sealed class TestConnection : IAsyncDisposable
{
    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly PipeReader _pipe;
    private readonly RespPipeReader _reader;

    private TestConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
        _pipe = PipeReader.Create(stream);
        _reader = new RespPipeReader(_pipe);
    }

    /// <summary>Connects to a port of this machine.</summary>
    public static Task<TestConnection> ConnectAsync(int port) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));

    /// <summary>Connects over TCP or, with a <see cref="UnixDomainSocketEndPoint"/>, a socket file.</summary>
    public static async Task<TestConnection> ConnectAsync(EndPoint server)
    {
        bool file = server is UnixDomainSocketEndPoint;
        ProtocolType protocol = file ? ProtocolType.Unspecified : ProtocolType.Tcp;
        Socket socket = new(server.AddressFamily, SocketType.Stream, protocol);
        if (!file) socket.NoDelay = true;
        await socket.ConnectAsync(server);
        return new TestConnection(socket, new NetworkStream(socket, ownsSocket: false));
    }

    /// <summary>Connects to a TLS port of this machine.</summary>
    /// <exception cref="AuthenticationException">The handshake fails.</exception>
    /// <exception cref="IOException">The server closes the connection during the handshake.</exception>
    public static async Task<TestConnection> ConnectAsync(int port, SslClientAuthenticationOptions options)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        SslStream stream = new(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await stream.AuthenticateAsClientAsync(options).WaitAsync(ReplyTimeout);
            return new TestConnection(socket, stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a request.</summary>
    public void Send(params ReadOnlySpan<string> arguments)
    {
        ArrayBufferWriter<byte> output = new();
        RequestWriter.Write(output, arguments);
        SendRaw(output.WrittenSpan);
    }

    /// <summary>Sends a request of byte strings.</summary>
    public void Send(params ReadOnlySpan<ReadOnlyMemory<byte>> arguments)
    {
        ArrayBufferWriter<byte> output = new();
        RequestWriter.Write(output, arguments);
        SendRaw(output.WrittenSpan);
    }

    /// <summary>Sends bytes as they are; returns when the kernel has all of them.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        _stream.Write(bytes);
    }

    /// <summary>
    /// Ends the sending direction: the server sees the end of the stream and can still reply.
    /// </summary>
    public void EndSending()
    {
        if (_stream is SslStream encrypted) encrypted.ShutdownAsync().GetAwaiter().GetResult();
        else _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Waits for a reply.</summary>
    /// <exception cref="OperationCanceledException">None came within 20 seconds.</exception>
    /// <exception cref="EndOfStreamException">The server closed the connection.</exception>
    public async Task<RespValue> ReadAsync()
    {
        using CancellationTokenSource timeout = new(ReplyTimeout);
        return await _reader.ReadAsync(timeout.Token);
    }

    /// <summary>Sends a request and waits for a reply.</summary>
    public Task<RespValue> CallAsync(params string[] arguments)
    {
        Send(arguments);
        return ReadAsync();
    }

    /// <summary>
    /// Waits until the server closes the connection; returns what it sent before, unparsed.
    /// </summary>
    /// <exception cref="OperationCanceledException">It did not within 20 seconds.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadToEndAsync()
    {
        using CancellationTokenSource timeout = new(ReplyTimeout);
        try
        {
            ReadResult result;
            while (!(result = await _pipe.ReadAsync(timeout.Token)).IsCompleted)
                _pipe.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            ReadOnlyMemory<byte> rest = result.Buffer.ToArray();
            _pipe.AdvanceTo(result.Buffer.End);
            return rest;
        }
        catch (IOException error) when (error.InnerException is SocketException)
        {
            // A reset closes, too: the server had not read everything that was sent.
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _pipe.CompleteAsync();
        await _stream.DisposeAsync();
        _socket.Dispose();
    }
}
