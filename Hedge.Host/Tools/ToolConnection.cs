using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Hedge.Resp;
using Hedge.Resp.Clients;

namespace Hedge.Host.Tools;

/// <summary>A tool's connection to a server, logged in. Requests may be sent ahead of their replies. One
/// thread sends, one receives.</summary>
internal sealed class ToolConnection : IDisposable
{
    private const int OutputBytes = 64 * 1024;

    private readonly Stream _stream;
    private readonly PipeReader _input;
    private readonly RespPipeReader _replies;
    private readonly ArrayBufferWriter<byte> _output = new(2 * OutputBytes);

    private ToolConnection(Stream stream)
    {
        _stream = stream;
        _input = PipeReader.Create(stream);
        _replies = new RespPipeReader(_input);
    }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="ToolException">It cannot be had.</exception>
    public static ToolConnection Open(ServerAddress address, ToolTls tls)
    {
        Stream? stream = null;
        try
        {
            stream = Connect(address);
            if (address.UsesTls) stream = tls.Authenticate(stream, address.Host);
            var connection = new ToolConnection(stream);
            if (address.Password is { } password)
            {
                if (address.User.Length > 0) connection.Require("AUTH", address.User, password);
                else connection.Require("AUTH", password);
            }

            connection.Require("PING");
            return connection;
        }
        catch (Exception problem) when (problem is SocketException or IOException or RespProtocolException)
        {
            stream?.Dispose();
            throw new ToolException($"cannot connect to {address}: {problem.Message}", problem);
        }
        catch (ToolException problem)
        {
            stream?.Dispose();
            throw new ToolException($"{address}: {problem.Message}", problem);
        }
    }

    /// <summary>Starts a request of so many arguments.</summary>
    public void Begin(int arguments) => RequestWriter.Header(_output, arguments);

    /// <summary>Adds an argument to it.</summary>
    public void Argument(ReadOnlySpan<byte> argument) => RequestWriter.Argument(_output, argument);

    /// <summary>Room for bytes of a request that the caller writes himself.</summary>
    public IBufferWriter<byte> Output => _output;

    /// <summary>Sends what is there when it is much.</summary>
    public void SendIfFull()
    {
        if (_output.WrittenCount >= OutputBytes) Send();
    }

    /// <summary>Sends what is there.</summary>
    public void Send()
    {
        if (_output.WrittenCount == 0) return;
        _stream.Write(_output.WrittenSpan);
        _output.ResetWrittenCount();
    }

    /// <summary>Waits for the next reply.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    public RespValue Receive()
    {
        ValueTask<RespValue> reply = _replies.ReadAsync();
        return reply.IsCompletedSuccessfully ? reply.Result : reply.AsTask().GetAwaiter().GetResult();
    }

    /// <summary>Receives bytes that are no reply, once all replies have been received; 0 at the
    /// end.</summary>
    public int Read(Span<byte> bytes)
    {
        // What came with the last reply is still in the pipe.
        if (!_input.TryRead(out ReadResult result)) return _stream.Read(bytes);
        ReadOnlySequence<byte> here = result.Buffer;
        here = here.Slice(0, Math.Min(here.Length, bytes.Length));
        here.CopyTo(bytes);
        int length = (int)here.Length;
        _input.AdvanceTo(here.End);
        return length > 0 ? length : _stream.Read(bytes);
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    public RespValue Call(params ReadOnlySpan<string> arguments)
    {
        RequestWriter.Write(_output, arguments);
        Send();
        return Receive();
    }

    /// <summary>Sends a request, which must not fail.</summary>
    /// <exception cref="ToolException">It has.</exception>
    public RespValue Require(params ReadOnlySpan<string> arguments)
    {
        RespValue reply = Call(arguments);
        return reply.IsError ? throw new ToolException($"{arguments[0]}: {reply.Text}") : reply;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _input.Complete();
        _stream.Dispose();
    }

    private static NetworkStream Connect(ServerAddress address)
    {
        var socket = address.Path == null
            ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (address.Path == null) socket.Connect(address.Host, address.Port);
            else socket.Connect(new UnixDomainSocketEndPoint(address.Path));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
