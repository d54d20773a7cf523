using System.Net;
using System.Net.Sockets;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>Turns that start more operations than the ring takes at once, and send besides.</summary>
[TestFixture(IoMode.Uring)]
[TestFixture(IoMode.Portable)]
[Category("fast")]
public sealed unsafe class OverfullTurnTests(IoMode mode)
{
    private const int Turns = 100;
    private const int Reads = 40;
    private const int BytesPerTurn = 1000;

    [Test]
    public void What_a_turn_sends_arrives_although_results_were_there_before_its_sleep()
    {
        if (mode == IoMode.Uring && CoreIoFactory.Probe(IoMode.Auto).Mode != IoMode.Uring)
            Assert.Ignore("io_uring is not to be had here");
        PosixDisk disk = new();
        string directory = Directory.CreateTempSubdirectory("hedge-io-").FullName;
        TestHandler handler = null!;
        CoreIoOptions options = new() { SubmissionEntries = 16, CompletionEntries = 256 };
        using AlignedBuffer buffer = new(4096);
        using (CoreHost host = new(mode, io => handler = new TestHandler(io), options))
        using (DiskFile file = disk.Open(Path.Combine(directory, "file"), DiskOpenMode.Create))
        using (Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            disk.Write(file, 0, buffer.Span);
            client.ReceiveTimeout = (int)CoreHost.Patience.TotalMilliseconds;
            EndPoint address = host.Listen();
            client.Connect(address);
            SpinWait.SpinUntil(() => Volatile.Read(ref handler.AcceptedCount) == 1, CoreHost.Patience);
            for (int turn = 0; turn < Turns; turn++)
            {
                byte number = (byte)(2 * turn);
                host.Run(() =>
                {
                    // The second writes where the first did, which must be with the kernel by then.
                    Turn(host.Io, handler, file, buffer, number);
                    Turn(host.Io, handler, file, buffer, (byte)(number + 1));
                });
            }

            byte[] received = new byte[2 * Turns * BytesPerTurn];
            for (int at = 0; at < received.Length;) at += client.Receive(received.AsSpan(at));
            for (int i = 0; i < received.Length; i++)
                Assert.That(received[i], Is.EqualTo((byte)(i / BytesPerTurn)), $"byte {i}");
        }

        Directory.Delete(directory, recursive: true);
    }

    private static void Turn(ICoreIo io, TestHandler handler, DiskFile file, AlignedBuffer buffer, byte value)
    {
        for (int i = 0; i < Reads; i++) io.Disk.Read(file, 0, buffer.Pointer, 4096, new Ignoring());
        OutputBuffer output = handler.Outputs[0];
        output.GetSpan(BytesPerTurn)[..BytesPerTurn].Fill(value);
        output.Advance(BytesPerTurn);
        io.Transport.Flush(0, output.Length);
        io.Wait(1000);
    }

    private sealed class Ignoring : DiskOperation
    {
        public override void Complete(int result)
        {
        }
    }
}
