using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hedge.Tests.Commands;

/// <summary>A redis-server 7.0.15 of our own on a free port, asked over one connection.</summary>
public sealed class Oracle : IDisposable
{
    private const string Binary = "/usr/bin/redis-server";

    private readonly Process _process;
    private readonly Socket _socket;
    private byte[] _received = new byte[1 << 20];
    private int _length;

    private Oracle(Process process, Socket socket)
    {
        _process = process;
        _socket = socket;
    }

    /// <summary>True when redis-server is installed here.</summary>
    public static bool Available => File.Exists(Binary);

    /// <summary>Starts a server with no persistence and connects.</summary>
    public static Oracle Start(params string[] options)
    {
        int port = FreePort();
        var info = new ProcessStartInfo(Binary)
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        string[] all =
            ["--port", port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "",
            "--appendonly", "no", "--enable-debug-command", "yes", .. options];
        foreach (string option in all) info.ArgumentList.Add(option);
        Process process = Process.Start(info)!;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains("Ready to accept connections", StringComparison.Ordinal)) break;
        }

        // What it prints after that fits into the pipe: a line per start, none per command.
        var socket =
            new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        return new Oracle(process, socket);
    }

    /// <summary>Sends a command line and answers the reply as text (Latin-1).</summary>
    public string Run(string line) => Encoding.Latin1.GetString(Execute(CommandLine.Split(line)));

    /// <summary>Sends a command and answers the reply's bytes.</summary>
    public byte[] Execute(params byte[][] arguments)
    {
        Send(arguments);
        return Receive();
    }

    /// <summary>Sends a command.</summary>
    public void Send(byte[][] arguments)
    {
        using var request = new MemoryStream();
        request.Write(Encoding.ASCII.GetBytes($"*{arguments.Length}\r\n"));
        foreach (byte[] argument in arguments)
        {
            request.Write(Encoding.ASCII.GetBytes($"${argument.Length}\r\n"));
            request.Write(argument);
            request.Write("\r\n"u8);
        }

        _socket.Send(request.GetBuffer().AsSpan(0, (int)request.Length));
    }

    /// <summary>Waits for the next reply.</summary>
    public byte[] Receive()
    {
        while (true)
        {
            int length = ReplyReader.LengthOf(_received.AsSpan(0, _length));
            if (length >= 0)
            {
                byte[] reply = _received.AsSpan(0, length).ToArray();
                _received.AsSpan(length, _length - length).CopyTo(_received);
                _length -= length;
                return reply;
            }

            if (_length == _received.Length) Array.Resize(ref _received, _length * 2);
            int count = _socket.Receive(_received.AsSpan(_length));
            if (count == 0) throw new IOException("redis-server closed the connection");
            _length += count;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
