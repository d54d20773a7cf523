using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Big values, many clients, clients that don't read.</summary>
[TestFixture]
[Category("process")]
public sealed class ClientLimitTests
{
    private const int Megabyte = 1 << 20;
    private const int ChunkBytes = 64 * 1024;

    [Test]
    public Task A_value_of_64_MiB_makes_the_round_trip() => RoundTrip(64 * Megabyte);

    [Test]
    [Category("soak")]
    public Task A_value_of_512_MiB_makes_the_round_trip() => RoundTrip(512 * Megabyte);

    [Test]
    public async Task A_client_too_many_is_told_so()
    {
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Settings = [("maxclients", "10")] });
        var connections = new List<TestConnection>();
        for (int i = 0; i < 10; i++)
        {
            connections.Add(await server.ConnectAsync());
            Assert.That((await connections[i].CallAsync("PING")).Text, Is.EqualTo("PONG"));
        }

        for (int i = 0; i < 5; i++)
        {
            await using TestConnection refused = await server.ConnectAsync();
            string text = Encoding.ASCII.GetString((await refused.ReadToEndAsync()).Span);
            Assert.That(text, Is.EqualTo("-ERR max number of clients reached\r\n"));
        }

        foreach (TestConnection connection in connections)
        {
            Assert.That((await connection.CallAsync("PING")).Text, Is.EqualTo("PONG"));
            await connection.DisposeAsync();
        }

        await using TestConnection next = await ConnectWhenThereIsRoom(server);
    }

    [Test]
    public async Task A_client_that_does_not_read_does_not_disturb_others()
    {
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Settings = [("cores", "1")] });
        await using TestConnection other = await server.ConnectAsync();
        string value = new('x', Megabyte);
        Assert.That((await other.CallAsync("SET", "big", value)).Text, Is.EqualTo("OK"));
        await using TestConnection slow = await server.ConnectAsync();
        for (int i = 0; i < 200; i++) slow.Send("GET", "big");

        double worst = 0;
        for (int i = 0; i < 500; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.That((await other.CallAsync("STRLEN", "big")).Integer, Is.EqualTo(Megabyte));
            worst = Math.Max(worst, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.That(worst, Is.LessThan(2000), "milliseconds of the slowest of 500 small commands");
        for (int i = 0; i < 200; i++)
            Assert.That(
                (await slow.ReadAsync()).Bytes.Length, Is.EqualTo(Megabyte), "then it reads, and gets all");
    }

    private static async Task<TestConnection> ConnectWhenThereIsRoom(ServerProcess server)
    {
        // The server learns of the clients' end by itself, in its own time.
        for (int i = 0; ; i++)
        {
            TestConnection connection = await server.ConnectAsync();
            try
            {
                if (!(await connection.CallAsync("PING")).IsError) return connection;
            }
            catch (IOException) when (i < 500)
            {
            }

            await connection.DisposeAsync();
            if (i == 500) throw new TimeoutException("no room though ten clients have gone");
            await Task.Delay(10);
        }
    }

    // The value is a pattern that names its own offset, so that it never has to be in the tests' memory.
    private static async Task RoundTrip(int length)
    {
        using ServerProcess server = await ServerProcess.StartAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = socket.SendTimeout = 60_000;
        socket.Connect(IPAddress.Loopback, server.Port);
        SendAll(socket, Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n${length}\r\n"));
        var chunk = new byte[ChunkBytes];
        var expected = new byte[ChunkBytes];
        for (int at = 0; at < length; at += ChunkBytes)
        {
            Fill(chunk, at);
            SendAll(socket, chunk);
        }

        SendAll(socket, "\r\n"u8);
        Receive(socket, chunk.AsSpan(0, 5));
        Assert.That(Encoding.ASCII.GetString(chunk, 0, 5), Is.EqualTo("+OK\r\n"));

        SendAll(socket, "GET big\r\n"u8);
        string header = string.Create(CultureInfo.InvariantCulture, $"${length}\r\n");
        Receive(socket, chunk.AsSpan(0, header.Length));
        Assert.That(Encoding.ASCII.GetString(chunk, 0, header.Length), Is.EqualTo(header));
        for (int at = 0; at < length; at += ChunkBytes)
        {
            Receive(socket, chunk);
            Fill(expected, at);
            Assert.That(chunk.AsSpan().SequenceEqual(expected), $"bytes from {at}");
        }

        Receive(socket, chunk.AsSpan(0, 2));
        Assert.That(Encoding.ASCII.GetString(chunk, 0, 2), Is.EqualTo("\r\n"));
    }

    private static void Fill(Span<byte> chunk, int offset)
    {
        for (int i = 0; i < chunk.Length; i += sizeof(int))
            BinaryPrimitives.WriteInt32LittleEndian(chunk[i..], unchecked((offset + i) * (int)0x9E3779B1));
    }

    private static void SendAll(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[socket.Send(bytes)..];
    }

    private static void Receive(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = socket.Receive(bytes);
            if (count == 0) throw new EndOfStreamException("the server closed the connection");
            bytes = bytes[count..];
        }
    }
}
