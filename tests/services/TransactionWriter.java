// Writes records in transactions: java -cp 'jars/*' TransactionWriter.java BROKER TOPIC STEP...
// A step is + or - (committed or aborted) and how many records to partition 0; their values are {"n":COUNTER,"in":STEP}.

import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

public class TransactionWriter {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", arguments[0]);
        properties.put("transactional.id", "writer-of-" + arguments[1]);
        String serializer = "org.apache.kafka.common.serialization.StringSerializer";
        properties.put("key.serializer", serializer);
        properties.put("value.serializer", serializer);
        int counter = 0;
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(properties)) {
            producer.initTransactions();
            for (int i = 2; i < arguments.length; ++i) {
                String sign = arguments[i].substring(0, 1);
                producer.beginTransaction();
                for (int left = Integer.parseInt(arguments[i].substring(1)); left > 0; --left) {
                    String value = "{\"n\":" + counter++ + ",\"in\":\"" + sign + "\"}";
                    producer.send(new ProducerRecord<>(arguments[1], 0, null, value)).get();
                }
                if (sign.equals("+")) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
    }
}
