using System.Net;
using System.Net.Sockets;
using System.Text;
using Hedge.Tests.Processes;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Hostile;

/// <summary>Few descriptors and short files: the server says so and goes on.</summary>
[TestFixture]
[Category("process")]
public sealed class ResourceLimitTests
{
    private const int Clients = 1500;
    private const string Refusal = "-ERR max number of clients reached\r\n";

    [TestCase(256, "auto", "")]
    [TestCase(1024, "auto", "")]
    [TestCase(1024, "auto", "secret")]
    [TestCase(1024, "portable", "")]
    [TestCase(256, "portable", "secret")]
    public async Task More_clients_than_descriptors_are_told_so(int descriptors, string io, string password)
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Launcher = ["sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh"],
            Settings = [("io", io), ("cores", "1")],
        });
        Assert.That(server.Output, Does.Contain("maxclients has been reduced from 10000 to "));
        using RawClient first = new(server.Port);
        first.Call("SET a 1", "+OK\n");
        first.Send("CONFIG SET maxclients 10000");
        Assert.That(first.ReadLine(), Does.Match("^-ERR CONFIG SET failed .*'maxclients'.* - The operating "
            + "system is not able to handle the specified number of clients, try with [0-9]+$"));
        if (password.Length > 0) first.Call($"CONFIG SET requirepass {password}", "+OK\n");
        int refused;
        try
        {
            refused = ConnectMany(server.Port);
        }
        catch (SocketException problem)
        {
            string state = server.IsRunning ? "running" : "ended";
            throw new InvalidOperationException($"{problem.Message}; {state}:\n{server.Output}");
        }

        Assert.That(refused, Is.GreaterThan(Clients - descriptors));
        first.Call("GET a\nSET b 2\nSAVE", "$1\n1\n+OK\n+OK\n");
        Assert.That(await server.TerminateAsync(), Is.Zero);
    }

    [TestCase(128, 16)]
    [TestCase(300, 512)]
    public async Task Too_few_descriptors_for_anything_are_refused_at_start(int descriptors, int partitions)
    {
        (int code, string output) = await ServerProcess.RunToEndAsync(new ServerLaunch
        {
            Launcher = ["sh", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "sh"],
            Settings = [("partitions", $"{partitions}"), ("cores", "1")],
        });
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("Hedge can't start").And.Match("too few|Too many open files"));
    }

    [TestCase("auto")]
    [TestCase("portable")]
    public async Task A_file_that_may_not_grow_is_an_error_of_the_disk_and_reads_go_on(string io)
    {
        // In blocks of 512 bytes, or of 1024 where sh says so: 8 or 16 MiB. The runtime's own protection of
        // its code needs longer files, in memory, so it is off.
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Launcher =
                ["sh", "-c", "export DOTNET_EnableWriteXorExecute=0; ulimit -f 16384; exec \"$@\"", "sh"],
            Settings = [("io", io), ("cores", "1"), ("log-segment-bytes", "1mb")],
        });
        using RawClient client = new(server.Port);
        client.Call("SET small 1", "+OK\n");
        string value = new('v', 24 << 20);
        client.SendRaw($"*3\r\n$3\r\nSET\r\n$3\r\nbig\r\n${value.Length}\r\n{value}\r\n");
        // What cannot be written is not acknowledged: an error, or the end of the connection.
        Assert.That(ReadLineOrEnd(client), Is.Not.EqualTo("+OK"));
        using RawClient other = new(server.Port);
        other.Call("GET small\nPING", "$1\n1\n+PONG\n");
        Assert.That(server.IsRunning);
    }

    private static string ReadLineOrEnd(RawClient client)
    {
        try
        {
            return client.ReadLine();
        }
        catch (EndOfStreamException)
        {
            return "";
        }
    }

    private static int ConnectMany(int port)
    {
        List<Socket> sockets = [];
        int refused = 0;
        try
        {
            for (int i = 0; i < Clients; i++)
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
                {
                    ReceiveTimeout = 10_000,
                };
                sockets.Add(socket);
                socket.Connect(IPAddress.Loopback, port);
            }

            byte[] buffer = new byte[100];
            foreach (Socket socket in sockets)
            {
                // One that is served is silent; a refused one has its text, and the end, by now or soon.
                socket.Send("PING\r\n"u8);
                int count = socket.Receive(buffer);
                string text = Encoding.ASCII.GetString(buffer, 0, count);
                if (text == Refusal) refused++;
                else Assert.That(text, Is.EqualTo("+PONG\r\n").Or.StartsWith("-NOAUTH"));
            }
        }
        finally
        {
            foreach (Socket socket in sockets) socket.Dispose();
        }

        return refused;
    }
}
